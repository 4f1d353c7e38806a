/** Fill at the cursor, fill the marked holes, and mark one. */

import * as vscode from 'vscode';
import { MARKER } from '../protocol';
import type { Tasks } from '../tasks';
import { argumentsFor } from './arguments';

export async function fillHere(tasks: Tasks): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor) {
    await tasks.run('diffgemma.fill', argumentsFor(editor.document, editor.selection));
  }
}

/** Fill those of the document in front, or, where a walkthrough is in front, of one beside it. */
export async function fillMarkedHoles(tasks: Tasks): Promise<void> {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  const marked = visibleTextEditors.find(({ document }) => document.getText().includes(MARKER));
  const editor = activeTextEditor ?? marked;
  if (editor) {
    await tasks.run('diffgemma.fillHoles', argumentsFor(editor.document));
  } else {
    void vscode.window.showInformationMessage(`diffgemma: open a file that holds ${MARKER} where code is missing`);
  }
}

export async function insertHole(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  await editor?.edit((edit) => {
    for (const selection of editor.selections) {
      edit.replace(selection, MARKER);
    }
  });
}
