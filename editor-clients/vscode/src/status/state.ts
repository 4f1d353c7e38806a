/** What the status bar says, as a function of what is known. Knows no editor. */

import type { Status } from '../protocol';

/** How the language server process is; `message` says what to do where it cannot run. */
export interface ServerState {
  readonly name: 'starting' | 'running' | 'missing' | 'failed';
  readonly message: string;
}

export interface Known {
  readonly server: ServerState;
  readonly status: Status;
  /** The denoising step that was shown last, counted from 1, while a task runs. */
  readonly step: { readonly done: number; readonly most: number } | null;
  /** Why the document in front gets nothing although the server never hears of it; empty where it does. */
  readonly unreachable: string;
}

export interface Shown {
  readonly state: 'starting' | 'ready' | 'loading' | 'thinking' | 'inactive' | 'failed';
  readonly text: string;
  readonly tooltip: string;
  readonly severity: 'none' | 'warning' | 'error';
}

export const NOTHING_KNOWN: Known = {
  server: { name: 'starting', message: '' },
  status: { kind: 'Normal', message: '', busy: false },
  step: null,
  unreachable: '',
};

export function shown({ server, status, step, unreachable }: Known): Shown {
  if (server.name === 'missing' || server.name === 'failed') {
    return { state: 'failed', text: '$(error) diffgemma', tooltip: server.message, severity: 'error' };
  }
  if (server.name === 'starting') {
    return { state: 'starting', text: '$(loading~spin) diffgemma', tooltip: 'the language server is starting', severity: 'none' };
  }
  if (unreachable) {
    return { state: 'inactive', text: '$(circle-slash) diffgemma', tooltip: unreachable, severity: 'none' };
  }
  if (status.busy) {
    const percent = /\d+ %/.exec(status.message)?.[0] ?? '';
    return { state: 'loading', text: `$(loading~spin) diffgemma ${percent}`.trim(), tooltip: status.message, severity: 'none' };
  }
  if (step) {
    const text = `$(sparkle) ${step.done}/${step.most}`;
    return { state: 'thinking', text, tooltip: `denoising step ${step.done} of at most ${step.most}`, severity: 'none' };
  }
  switch (status.kind) {
    case 'Error':
      return { state: 'failed', text: '$(error) diffgemma', tooltip: status.message, severity: 'error' };
    case 'Inactive':
      return { state: 'inactive', text: '$(circle-slash) diffgemma', tooltip: status.message, severity: 'none' };
    case 'Warning':
      return { state: 'ready', text: '$(warning) diffgemma', tooltip: status.message, severity: 'warning' };
    case 'Normal':
      return { state: 'ready', text: '$(sparkle) diffgemma', tooltip: status.message || 'ready', severity: 'none' };
  }
}
