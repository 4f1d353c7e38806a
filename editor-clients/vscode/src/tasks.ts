/** The one task that this window's user asked for: started, called off, and never two at once. */

import * as vscode from 'vscode';
import { ExecuteCommandRequest, type LanguageClient } from 'vscode-languageclient/node';
import type { FillAnswer, FillArguments, FillCommand } from './protocol';

const RUNNING = 'diffgemma.filling';

export class Tasks {
  #running: { readonly uri: string; readonly end: Promise<unknown> } | null = null;

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly onEnd: () => void,
  ) {}

  /** Have the server fill, and return its answer; undefined where there is no server, or it did not answer. */
  async run(command: FillCommand, argument: FillArguments): Promise<FillAnswer | undefined> {
    const client = this.client();
    if (!client) {
      // It says what is wrong, and offers what can be done about it.
      await vscode.commands.executeCommand('diffgemma.menu');
      return undefined;
    }
    await this.cancel();
    const work = client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] });
    const running = { uri: argument.textDocument.uri, end: work.catch(() => undefined) };
    this.#running = running;
    await vscode.commands.executeCommand('setContext', RUNNING, true);
    try {
      return (await work) as FillAnswer;
    } catch (error) {
      client.outputChannel.appendLine(`${command}: ${String(error)}`);
      void vscode.window.showErrorMessage(`diffgemma: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    } finally {
      if (this.#running === running) {
        this.#running = null;
        await vscode.commands.executeCommand('setContext', RUNNING, false);
        this.onEnd();
      }
    }
  }

  /** Call the running task off, and wait until it has ended; nothing where none runs. */
  async cancel(): Promise<void> {
    const running = this.#running;
    if (!running) {
      return;
    }
    const argument = { textDocument: { uri: running.uri } };
    await this.client()?.sendRequest(ExecuteCommandRequest.type, { command: 'diffgemma.cancel', arguments: [argument] });
    await running.end;
  }
}
