/** The settings that are the extension's own; the server reads all others itself. */

import * as vscode from 'vscode';

export const SECTION = 'diffgemma';

export type LiveDrafts = 'asked' | 'always' | 'never';

export function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION);
}

export function liveDrafts(): LiveDrafts {
  return settings().get<LiveDrafts>('liveDrafts', 'asked');
}
