/** The input box of a rewrite: what is typed, or one of the instructions before it. */

import * as vscode from 'vscode';
import { remember } from './history';

const KEY = 'diffgemma.instructions';

/** Ask for an instruction. Empty means to go by the code alone, undefined that nothing is wanted any more. */
export function askForInstruction(memory: vscode.Memento): Promise<string | undefined> {
  const history = memory.get<string[]>(KEY, []);
  const box = vscode.window.createQuickPick();
  box.title = 'Rewrite the selection';
  box.placeholder = 'What should become of it? Nothing: refill it from the code around it';
  const offer = () => {
    const typed = box.value.trim();
    const others = history.filter((one) => one !== typed).map((label) => ({ label, iconPath: new vscode.ThemeIcon('history') }));
    box.items = typed ? [{ label: typed, alwaysShow: true, iconPath: new vscode.ThemeIcon('sparkle') }, ...others] : others;
    if (!typed) {
      // Enter in an empty box means no instruction, not the newest old one.
      box.activeItems = [];
    }
  };
  offer();
  box.onDidChangeValue(offer);
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      const instruction = box.activeItems[0]?.label ?? box.value.trim();
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
