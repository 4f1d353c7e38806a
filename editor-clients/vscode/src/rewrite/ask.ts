/** The input box of a rewrite: what is typed, or one of the instructions before it. */

import * as vscode from 'vscode';
import { remember } from './history';

const KEY = 'diffgemma.instructions';

interface Entry extends vscode.QuickPickItem {
  /** A former instruction; the entry without one stands for what is typed. */
  readonly former?: string;
}

/** Ask for an instruction. Empty means to go by the code alone, undefined that nothing is wanted any more. */
export function askForInstruction(memory: vscode.Memento): Promise<string | undefined> {
  const history = memory.get<string[]>(KEY, []);
  const box = vscode.window.createQuickPick<Entry>();
  box.title = 'Rewrite the selection';
  box.placeholder = 'What should become of it?';
  const others: Entry[] = history.map((label) => ({ label, former: label, iconPath: new vscode.ThemeIcon('history') }));
  const offer = () => {
    const label = box.value.trim() || 'Refill it from the code around it';
    box.items = [{ label, alwaysShow: true, iconPath: new vscode.ThemeIcon('sparkle') }, ...others];
  };
  offer();
  box.onDidChangeValue(offer);
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      // The list may lag behind a fast typist; the box never does.
      const instruction = box.activeItems[0]?.former ?? box.value.trim();
      void memory.update(KEY, remember(history, instruction));
      resolve(instruction);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
