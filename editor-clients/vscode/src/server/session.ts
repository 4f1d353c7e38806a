/** The language server of this window: found, started, started again, and what it says handed on. */

import * as vscode from 'vscode';
import { type LanguageClient, type Middleware, ShowMessageRequest, State } from 'vscode-languageclient/node';
import { draftNotification, focusNotification, type Draft, type Status, statusNotification, type TaskEnd } from '../protocol';
import type { ServerState } from '../status/state';
import { buildClient } from './client';
import { findServer, places } from './discovery';
import { isProgram, surroundings } from './surroundings';

/** Hears what the server says. */
export interface Listener {
  server(state: ServerState): void;
  status(status: Status): void;
  draft(message: Draft | TaskEnd): void;
}

export class Session implements vscode.Disposable {
  #client: LanguageClient | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly middleware: Middleware,
    private readonly listener: Listener,
  ) {}

  /** The client, where a server runs. */
  get client(): LanguageClient | undefined {
    return this.#client?.state === State.Running ? this.#client : undefined;
  }

  /** Look for the server anew and start it. Calls that come meanwhile wait for their turn. */
  restart(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#restart()).catch((error: unknown) => {
      this.log.error(String(error));
    });
    return this.#turn;
  }

  /** Have the server speak of the document that is looked at. */
  async focus(editor: vscode.TextEditor | undefined): Promise<void> {
    if (editor) {
      const uri = editor.document.uri.toString();
      await this.client?.sendNotification(focusNotification, { textDocument: { uri } });
    }
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.isRunning() || client?.state === State.Starting) {
      await client.stop();
    }
    await client?.dispose();
  }

  dispose(): void {
    void this.stop();
  }

  async #restart(): Promise<void> {
    await this.stop();
    const around = surroundings();
    const found = findServer(around, isProgram);
    if (!found) {
      const [first] = places(around);
      const message =
        first?.origin === 'setting'
          ? `diffgemma.server.path is ${first.file}, which is no program; correct the setting`
          : 'the language server is not installed; click to install it';
      this.listener.server({ name: 'missing', message });
      return;
    }
    this.log.info(`starting ${found.file}, found by ${found.origin}`);
    this.listener.server({ name: 'starting', message: '' });
    const client = buildClient(found.file, this.log, this.middleware, (message) => {
      this.listener.server({ name: 'failed', message });
    });
    this.#client = client;
    client.onNotification(draftNotification, (message) => {
      this.listener.draft(message);
    });
    client.onNotification(statusNotification, (status) => {
      this.listener.status(status);
    });
    // What the server asks by itself would pop up; the status bar says the same, and its menu does what was asked.
    client.onRequest(ShowMessageRequest.type, ({ message }) => {
      this.log.warn(message);
      return null;
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.listener.server({ name: 'running', message: '' });
        void this.focus(vscode.window.activeTextEditor);
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.listener.server({ name: 'failed', message: `the language server did not start (${String(error)}); the log says more` });
    }
  }
}
