/** The client of one language server process. */

import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import { settings } from '../settings';

/** Only these: what lives elsewhere cannot be read by a server on this machine. */
const DOCUMENTS = [{ scheme: 'file' }, { scheme: 'untitled' }];
/** A server that ends more often than this in a session is not started again by itself. */
const MOST_RESTARTS = 4;

/** `onGone` hears that the server has ended for good. */
export function buildClient(
  program: string,
  log: vscode.LogOutputChannel,
  middleware: Middleware,
  onGone: (message: string) => void,
): LanguageClient {
  const server: ServerOptions = {
    command: program,
    args: [...settings().get<string[]>('server.arguments', []), '--log-level', levelOf(log.logLevel)],
    transport: TransportKind.stdio,
  };
  let ends = 0;
  const options: LanguageClientOptions = {
    documentSelector: DOCUMENTS,
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: { drafts: true },
    middleware,
    // Nothing automatic may pop up: the status bar says what is wrong.
    initializationFailedHandler: (error) => {
      onGone(`the language server did not start (${String(error)}); the log says more`);
      return false;
    },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        ends += 1;
        if (ends <= MOST_RESTARTS) {
          return { action: CloseAction.Restart, handled: true };
        }
        onGone(`the language server ended ${ends} times; the log says why, and the menu restarts it`);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  return new LanguageClient('diffgemma', 'diffgemma', server, options);
}

function levelOf(level: vscode.LogLevel): string {
  switch (level) {
    case vscode.LogLevel.Trace:
    case vscode.LogLevel.Debug:
      return 'debug';
    case vscode.LogLevel.Info:
      return 'info';
    case vscode.LogLevel.Warning:
      return 'warning';
    case vscode.LogLevel.Error:
    case vscode.LogLevel.Off:
      return 'error';
  }
}
