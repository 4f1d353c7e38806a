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

export async function fillMarkedHoles(tasks: Tasks): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor) {
    await tasks.run('diffgemma.fillHoles', argumentsFor(editor.document));
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
