/** The server's code actions, run as this window's own tasks, so that they too settle in view and can be called off. */

import * as vscode from 'vscode';
import { CodeActionRequest, type CodeAction, type LanguageClient, type Middleware } from 'vscode-languageclient/node';
import type { FillArguments, FillCommand } from '../protocol';
import type { Preview } from '../rewrite/preview';
import type { Tasks } from '../tasks';
import { argumentsFor } from './arguments';
import { rewrite } from './rewrite';

const RUN = 'diffgemma.runAction';

/** What the server sends along with an action, to be sent back once it is chosen. */
interface Order extends FillArguments {
  readonly command: FillCommand;
}

/** Give each action our own command instead of an edit that is computed out of sight. */
export const codeActionMiddleware: Pick<Middleware, 'provideCodeActions'> = {
  provideCodeActions: async (document, range, context, token, next) => {
    const actions = await next(document, range, context, token);
    for (const action of actions ?? []) {
      if ('data' in action && isOrder(action.data)) {
        const title = action.title;
        Object.assign(action, { command: { title, command: RUN, arguments: [action.data] }, data: undefined });
      }
    }
    return actions;
  },
};

export async function runAction(tasks: Tasks, preview: Preview, order: unknown): Promise<void> {
  if (!isOrder(order)) {
    return;
  }
  const { command, ...argument } = order;
  await (command === 'diffgemma.rewrite' ? rewrite(tasks, preview, argument) : tasks.run(command, argument));
}

/** Run the server's first action of a kind at the cursor; `otherwise` says why there may be none. */
export async function runFirst(
  client: LanguageClient | undefined,
  tasks: Tasks,
  preview: Preview,
  kind: string,
  otherwise: string,
): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !client) {
    return;
  }
  const { textDocument, range } = argumentsFor(editor.document, editor.selection);
  if (!range) {
    return;
  }
  const found = vscode.languages.getDiagnostics(editor.document.uri).filter((one) => one.range.intersection(editor.selection));
  const diagnostics = client.code2ProtocolConverter.asDiagnostics(found);
  const actions = await client.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: await diagnostics, only: [kind] } });
  const order = (actions ?? []).find((action): action is CodeAction => 'data' in action)?.data as unknown;
  if (order) {
    await runAction(tasks, preview, order);
  } else {
    void vscode.window.showInformationMessage(`diffgemma: ${otherwise}`);
  }
}

function isOrder(data: unknown): data is Order {
  return typeof data === 'object' && data !== null && 'command' in data && 'textDocument' in data;
}
