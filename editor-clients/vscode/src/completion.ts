/** Inline completion that was asked for can be called off and is drawn live, like any other task. */

import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';

const ASKING = 'diffgemma.asking';

export class Completion {
  #asked: vscode.CancellationTokenSource | null = null;

  /** Whether a completion runs that was asked for; an automatic one is not drawn unless a setting says so. */
  get isAskedFor(): boolean {
    return this.#asked !== null;
  }

  readonly middleware: Pick<Middleware, 'provideInlineCompletionItems'> = {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      if (context.triggerKind !== vscode.InlineCompletionTriggerKind.Invoke) {
        return next(document, position, context, token);
      }
      const source = new vscode.CancellationTokenSource();
      const link = token.onCancellationRequested(() => {
        source.cancel();
      });
      this.#asked = source;
      await vscode.commands.executeCommand('setContext', ASKING, true);
      try {
        return await next(document, position, context, source.token);
      } finally {
        link.dispose();
        source.dispose();
        if (this.#asked === source) {
          this.#asked = null;
          await vscode.commands.executeCommand('setContext', ASKING, false);
        }
      }
    },
  };

  /** Call off the completion that was asked for. */
  cancel(): void {
    this.#asked?.cancel();
  }
}
