/** The status bar's entry; a click opens the menu. */

import * as vscode from 'vscode';
import { type Known, NOTHING_KNOWN, shown } from './state';

const BACKGROUNDS = {
  none: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
};

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('diffgemma.status', vscode.StatusBarAlignment.Right, 100);
  #known: Known = NOTHING_KNOWN;

  constructor() {
    this.#item.name = 'diffgemma';
    this.#item.command = 'diffgemma.menu';
    this.tell({});
    this.#item.show();
  }

  /** Show what is known by now. */
  tell(news: Partial<Known>): void {
    this.#known = { ...this.#known, ...news };
    const { state, text, tooltip, severity } = shown(this.#known);
    this.#item.text = text;
    this.#item.tooltip = `diffgemma: ${tooltip}`;
    this.#item.backgroundColor = BACKGROUNDS[severity];
    this.#item.accessibilityInformation = { label: `diffgemma, ${state}: ${tooltip}`, role: 'button' };
  }

  /** Whether there is no server at all, so that a menu would have nothing to offer. */
  get isMissing(): boolean {
    return this.#known.server.name === 'missing';
  }

  /** What the menu repeats, because a status bar has no room for a sentence. */
  get sentence(): string {
    return shown(this.#known).tooltip;
  }

  dispose(): void {
    this.#item.dispose();
  }
}
