/** Every command of the extension; a new one is a row here and one in package.json. */

import * as vscode from 'vscode';
import { ExecuteCommandRequest } from 'vscode-languageclient/node';
import type { Completion } from '../completion';
import type { DraftView } from '../drafts/view';
import type { Preview } from '../rewrite/preview';
import type { Session } from '../server/session';
import type { StatusBar } from '../status/bar';
import { showMenu } from '../status/menu';
import type { Tasks } from '../tasks';
import { runAction, runFirst } from './actions';
import { fillHere, fillMarkedHoles, insertHole } from './fill';
import { installServer } from './install';
import { rewriteSelection } from './rewrite';
import { getStarted, openSample } from './started';

export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly session: Session;
  readonly tasks: Tasks;
  readonly completion: Completion;
  readonly drafts: DraftView;
  readonly preview: Preview;
  readonly bar: StatusBar;
}

export function commands(parts: Parts): Record<string, (argument?: unknown) => Promise<unknown>> {
  const { context, log, session, tasks, completion, drafts, preview, bar } = parts;
  const restart = () => session.restart();
  const first = (kind: string, otherwise: string) => runFirst(session.client, tasks, preview, kind, otherwise);
  const decide = (kind: 'accept' | 'reject') => {
    preview.decide({ kind });
    return Promise.resolve();
  };
  return {
    'diffgemma.suggest': async () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
    'diffgemma.fillHere': () => fillHere(tasks),
    'diffgemma.fillMarkedHoles': () => fillMarkedHoles(tasks),
    'diffgemma.insertHole': () => insertHole(),
    'diffgemma.rewriteSelection': () => rewriteSelection(tasks, preview, context.globalState),
    'diffgemma.completeBody': () =>
      first('refactor.rewrite.diffgemma.body', 'there is no empty body here; go to a function that only has pass or …'),
    'diffgemma.writeDocstring': () =>
      first('refactor.rewrite.diffgemma.documentation', 'no docstring is missing here, or the model takes no instructions'),
    'diffgemma.fixDiagnostic': () =>
      first('quickfix.diffgemma', 'there is no problem to fix here, or the model takes no instructions'),
    'diffgemma.runAction': (order) => runAction(tasks, preview, order),
    'diffgemma.cancelTask': async () => {
      drafts.clear();
      completion.cancel();
      await tasks.cancel();
    },
    'diffgemma.acceptRewrite': () => decide('accept'),
    'diffgemma.rejectRewrite': () => decide('reject'),
    'diffgemma.retryRewrite': (reply) => {
      preview.decide({ kind: 'retry', note: noteOf(reply) });
      return Promise.resolve();
    },
    'diffgemma.menu': async () => {
      if (bar.isMissing) {
        await installServer(restart);
      } else {
        await showMenu(bar.sentence);
      }
    },
    'diffgemma.restart': async () => {
      if (!session.client) {
        await restart();
        return;
      }
      await session.client.sendRequest(ExecuteCommandRequest.type, { command: 'diffgemma.restartEngine', arguments: [] });
    },
    'diffgemma.openLog': () => {
      log.show();
      return Promise.resolve();
    },
    'diffgemma.openSettings': async () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:diffgemma.diffgemma'),
    'diffgemma.installServer': () => installServer(restart),
    'diffgemma.getStarted': () => getStarted(session.client !== undefined),
    'diffgemma.openSample': () => openSample(context.extensionUri),
  };
}

/** What was typed under a preview: the editor hands a reply to the commands of a comment thread. */
function noteOf(reply: unknown): string {
  return typeof reply === 'object' && reply !== null && 'text' in reply && typeof reply.text === 'string' ? reply.text : '';
}
