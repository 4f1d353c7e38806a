/** Rewrite a selection: ask, fill, show, and edit in one step once its user agrees. */

import * as vscode from 'vscode';
import { TextDocumentEdit, type TextEdit, type WorkspaceEdit } from 'vscode-languageclient';
import type { FillArguments } from '../protocol';
import { askForInstruction } from '../rewrite/ask';
import { changeOf } from '../rewrite/change';
import { withNote } from '../rewrite/history';
import type { Preview } from '../rewrite/preview';
import type { Tasks } from '../tasks';
import { argumentsFor } from './arguments';

export async function rewriteSelection(tasks: Tasks, preview: Preview, memory: vscode.Memento): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return;
  }
  const range = editor.selection.isEmpty ? editor.document.lineAt(editor.selection.active.line).range : editor.selection;
  const asked = argumentsFor(editor.document, range);
  const instruction = await askForInstruction(memory);
  if (instruction !== undefined) {
    await rewrite(tasks, preview, { ...asked, instruction: instruction || null });
  }
}

/** Rewrite, and again for as long as its user wants another one. */
export async function rewrite(tasks: Tasks, preview: Preview, asked: FillArguments): Promise<void> {
  let argument = asked;
  for (;;) {
    preview.decide({ kind: 'reject' });
    const answer = await tasks.run('diffgemma.rewrite', { ...argument, apply: false });
    const edits = textEdits(answer?.edit);
    const document = documentOf(argument);
    if (!edits.length || !document || document.version !== argument.textDocument.version) {
      return;
    }
    const lines = document.getText().split(/\r\n|\r|\n/);
    const verdict = await preview.show(document, changeOf(lines, edits));
    if (verdict.kind === 'accept') {
      await apply(document, edits);
    }
    if (verdict.kind !== 'retry') {
      return;
    }
    argument = { ...argument, instruction: withNote(argument.instruction ?? '', verdict.note) || null };
  }
}

async function apply(document: vscode.TextDocument, edits: readonly TextEdit[]): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of edits) {
    const { start, end } = range;
    edit.replace(document.uri, new vscode.Range(start.line, start.character, end.line, end.character), newText);
  }
  await vscode.workspace.applyEdit(edit);
}

function documentOf({ textDocument }: FillArguments): vscode.TextDocument | undefined {
  const wanted = vscode.Uri.parse(textDocument.uri).toString();
  return vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === wanted);
}

function textEdits(edit: WorkspaceEdit | null | undefined): TextEdit[] {
  const changes = (edit?.documentChanges ?? []).filter((change) => TextDocumentEdit.is(change));
  return changes.flatMap((change) => change.edits.filter((one): one is TextEdit => 'newText' in one));
}
