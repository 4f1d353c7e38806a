/** Paints drafts into editors. What is painted is no text: it cannot be accepted, saved or undone. */

import * as vscode from 'vscode';
import type { Draft } from '../protocol';
import { type Ink, inkOf, type Strength } from './layout';

const COLORS: Record<Strength, vscode.ThemeColor> = {
  faint: new vscode.ThemeColor('diffgemma.draft.faint'),
  likely: new vscode.ThemeColor('diffgemma.draft.likely'),
  sure: new vscode.ThemeColor('diffgemma.draft.sure'),
  settled: new vscode.ThemeColor('diffgemma.draft.settled'),
};
/** How many strokes of different strength may stand at one place; further ones are left out of a draft. */
const MOST_STROKES = 24;

export class DraftView implements vscode.Disposable {
  /** An editor orders what it paints at one place by the keys of the types, so there is a type for each stroke. */
  readonly #strokes = Array.from({ length: MOST_STROKES }, () => vscode.window.createTextEditorDecorationType({})).sort((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  readonly #replaced = vscode.window.createTextEditorDecorationType({ opacity: '0.45' });
  #shown: { readonly taskId: string; readonly uri: string; readonly strokes: number } | null = null;

  /** Show a draft in place of the last one, unless its document is another by now. */
  show(draft: Draft): void {
    // Both sides may spell a URI differently, so it is read before it is compared.
    const uri = vscode.Uri.parse(draft.textDocument.uri).toString();
    const editors = editorsOf(uri);
    const document = editors[0]?.document;
    if (document?.version !== draft.textDocument.version) {
      this.clear();
      return;
    }
    const lineLength = (line: number) => document.lineAt(line).text.length;
    const strokes = strokesOf(draft.holes.flatMap((hole) => inkOf(hole, lineLength)));
    const replaced = draft.holes.map(
      ({ range: { start, end } }) => new vscode.Range(start.line, start.character, end.line, end.character),
    );
    const before = this.#shown?.uri === uri ? this.#shown.strokes : 0;
    for (const editor of editors) {
      editor.setDecorations(this.#replaced, replaced);
      for (const [place, type] of this.#strokes.slice(0, Math.max(before, strokes.length)).entries()) {
        editor.setDecorations(type, strokes[place] ?? []);
      }
    }
    this.#shown = { taskId: draft.taskId, uri, strokes: strokes.length };
  }

  /** Remove what a task painted, or whatever is painted. */
  clear(taskId?: string): void {
    if (!this.#shown || (taskId !== undefined && taskId !== this.#shown.taskId)) {
      return;
    }
    for (const editor of editorsOf(this.#shown.uri)) {
      for (const type of [this.#replaced, ...this.#strokes.slice(0, this.#shown.strokes)]) {
        editor.setDecorations(type, []);
      }
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
    vscode.Disposable.from(this.#replaced, ...this.#strokes).dispose();
  }
}

/** The first strokes of all places, then the second ones, and so on. */
function strokesOf(ink: readonly Ink[]): vscode.DecorationOptions[][] {
  const strokes: vscode.DecorationOptions[][] = [];
  const counts = new Map<string, number>();
  for (const { line, character, text, strength } of ink) {
    const place = `${line}:${character}`;
    const count = counts.get(place) ?? 0;
    counts.set(place, count + 1);
    if (count < MOST_STROKES) {
      const after = { contentText: text, color: COLORS[strength], fontStyle: strength === 'settled' ? 'normal' : 'italic' };
      (strokes[count] ??= []).push({ range: new vscode.Range(line, character, line, character), renderOptions: { after } });
    }
  }
  return strokes;
}

function editorsOf(uri: string): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === uri);
}
