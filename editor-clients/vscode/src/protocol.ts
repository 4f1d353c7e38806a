/** The messages of diffgemma-lsp that are not in the language server protocol; PROTOCOL.md explains them. */

import type { Range, WorkspaceEdit } from 'vscode-languageclient';
import { NotificationType } from 'vscode-languageclient';

export interface DraftSpan {
  readonly text: string;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly isSettled: boolean;
}

export interface DraftHole {
  readonly range: Range;
  readonly text: string;
  readonly spans: readonly DraftSpan[];
}

export type Purpose = 'completion' | 'fill' | 'fillHoles' | 'rewrite';

interface TaskMessage {
  readonly taskId: string;
  readonly purpose: Purpose;
  readonly textDocument: { readonly uri: string; readonly version: number };
}

/** How the holes stand after a denoising step, counted from 0. */
export interface Draft extends TaskMessage {
  readonly step: number;
  readonly maxSteps: number;
  readonly holes: readonly DraftHole[];
}

/** A task's last message. */
export interface TaskEnd extends TaskMessage {
  readonly done: 'filled' | 'cancelled' | 'superseded' | 'failed';
}

export interface Status {
  readonly kind: 'Normal' | 'Inactive' | 'Warning' | 'Error';
  readonly message: string;
  readonly busy: boolean;
}

/** What a command that fills answers; `message` was shown by the server already. */
export interface FillAnswer {
  readonly taskId: string;
  readonly applied: boolean;
  readonly reason: 'inactive' | 'failed' | 'cancelled' | 'nothing' | 'stale' | 'rejected' | null;
  readonly message: string;
  readonly followsInstructions: boolean | null;
  readonly edit?: WorkspaceEdit | null;
}

/** What a command that fills is asked for: which place of which version of a document. */
export interface FillArguments {
  readonly textDocument: { readonly uri: string; readonly version?: number };
  readonly range?: Range;
  readonly instruction?: string | null;
  readonly apply?: boolean;
}

export type FillCommand = 'diffgemma.fill' | 'diffgemma.fillHoles' | 'diffgemma.rewrite';

/** Where code is missing. */
export const MARKER = '<|fill|>';

export const draftNotification = new NotificationType<Draft | TaskEnd>('diffgemma/draft');
export const statusNotification = new NotificationType<Status>('didChangeStatus');
export const focusNotification = new NotificationType<{ textDocument: { uri: string } }>('textDocument/didFocus');

export function isEnd(message: Draft | TaskEnd): message is TaskEnd {
  return 'done' in message;
}
