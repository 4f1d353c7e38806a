/** Where the extension's parts meet. */

import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { codeActionMiddleware } from './commands/actions';
import { getStartedOnce, tellRunning } from './commands/started';
import { commands } from './commands/table';
import { Completion } from './completion';
import { DraftView } from './drafts/view';
import { type Draft, isEnd, type TaskEnd } from './protocol';
import { Preview } from './rewrite/preview';
import { Session } from './server/session';
import { liveDrafts, SECTION } from './settings';
import { StatusBar } from './status/bar';
import { whyUnreachable } from './status/reach';
import { Tasks } from './tasks';

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('diffgemma', { log: true });
  const bar = new StatusBar();
  const drafts = new DraftView();
  const preview = new Preview();
  const completion = new Completion();
  const middleware: Middleware = { ...completion.middleware, ...codeActionMiddleware };

  const hear = (message: Draft | TaskEnd) => {
    if (isEnd(message)) {
      drafts.clear(message.taskId);
      bar.tell({ step: null });
      return;
    }
    bar.tell({ step: { done: message.step + 1, most: message.maxSteps } });
    const wanted = liveDrafts();
    const isAskedFor = message.purpose !== 'completion' || completion.isAskedFor;
    if (wanted === 'always' || (wanted === 'asked' && isAskedFor)) {
      drafts.show(message);
    }
  };
  const running = new Session(log, middleware, {
    server: (server) => {
      bar.tell({ server, step: null });
      void tellRunning(server.name === 'running');
      drafts.clear();
    },
    status: (status) => {
      bar.tell({ status });
    },
    draft: hear,
  });
  session = running;
  const tasks = new Tasks(
    () => running.client,
    () => {
      drafts.clear();
    },
  );
  const look = (editor: vscode.TextEditor | undefined) => {
    bar.tell({ unreachable: whyUnreachable(editor?.document.uri.scheme) });
    void running.focus(editor);
  };

  const parts = { context, log, session: running, tasks, completion, drafts, preview, bar };
  const rows = Object.entries(commands(parts));
  context.subscriptions.push(
    log,
    bar,
    drafts,
    preview,
    ...rows.map(([id, run]) => vscode.commands.registerCommand(id, run)),
    vscode.window.onDidChangeActiveTextEditor(look),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) {
        drafts.forget(document);
      }
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.server`)) {
        void running.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.restart()),
  );
  look(vscode.window.activeTextEditor);
  await running.restart();
  await getStartedOnce(context.globalState, running.client !== undefined);
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
