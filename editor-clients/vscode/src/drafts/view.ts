/** Paints drafts into editors. What is painted is no text: it cannot be accepted, saved or undone. */

import * as vscode from 'vscode';
import type { Draft } from '../protocol';
import { inkOf, type Strength } from './layout';

const COLORS: Record<Strength, vscode.ThemeColor> = {
  faint: new vscode.ThemeColor('diffgemma.draft.faint'),
  likely: new vscode.ThemeColor('diffgemma.draft.likely'),
  sure: new vscode.ThemeColor('diffgemma.draft.sure'),
  settled: new vscode.ThemeColor('diffgemma.draft.settled'),
};

export class DraftView implements vscode.Disposable {
  readonly #ink = vscode.window.createTextEditorDecorationType({ rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed });
  readonly #replaced = vscode.window.createTextEditorDecorationType({ opacity: '0.45' });
  #shown: { readonly taskId: string; readonly uri: string } | null = null;

  /** Show a draft in place of the last one, unless its document is another by now. */
  show(draft: Draft): void {
    const editors = editorsOf(draft.textDocument.uri);
    const document = editors[0]?.document;
    if (document?.version !== draft.textDocument.version) {
      this.clear();
      return;
    }
    const lineLength = (line: number) => document.lineAt(line).text.length;
    const ink = draft.holes
      .flatMap((hole) => inkOf(hole, lineLength))
      .map(({ line, character, text, strength }) => ({
        range: new vscode.Range(line, character, line, character),
        renderOptions: { after: { contentText: text, color: COLORS[strength], fontStyle: strength === 'settled' ? 'normal' : 'italic' } },
      }));
    const replaced = draft.holes.map(
      ({ range: { start, end } }) => new vscode.Range(start.line, start.character, end.line, end.character),
    );
    for (const editor of editors) {
      editor.setDecorations(this.#ink, ink);
      editor.setDecorations(this.#replaced, replaced);
    }
    this.#shown = { taskId: draft.taskId, uri: draft.textDocument.uri };
  }

  /** Remove what a task painted, or whatever is painted. */
  clear(taskId?: string): void {
    if (!this.#shown || (taskId !== undefined && taskId !== this.#shown.taskId)) {
      return;
    }
    for (const editor of editorsOf(this.#shown.uri)) {
      editor.setDecorations(this.#ink, []);
      editor.setDecorations(this.#replaced, []);
    }
    this.#shown = null;
  }

  /** Remove the paint of a document that changed: it stands in the wrong place now. */
  forget(document: vscode.TextDocument): void {
    if (document.uri.toString() === this.#shown?.uri) {
      this.clear();
    }
  }

  dispose(): void {
    this.#ink.dispose();
    this.#replaced.dispose();
  }
}

function editorsOf(uri: string): vscode.TextEditor[] {
  // Both sides may spell a URI differently, so it is read before it is compared.
  const wanted = vscode.Uri.parse(uri).toString();
  return vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === wanted);
}
