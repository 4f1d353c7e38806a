/** The walkthrough, and the sample file that its last step fills. */

import * as vscode from 'vscode';

const SHOWN = 'diffgemma.started';

/** Say whether the server runs, which checks off the walkthrough's first step. */
export async function tellRunning(isRunning: boolean): Promise<void> {
  await vscode.commands.executeCommand('setContext', 'diffgemma.running', isRunning);
}

export async function getStarted(isRunning: boolean): Promise<void> {
  // VS Code checks a step off when its key becomes true, and never does where it was true before the walkthrough was read.
  await tellRunning(false);
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'diffgemma.diffgemma#diffgemma.start', false);
  await tellRunning(isRunning);
}

/** Show the walkthrough once in a user's life. */
export async function getStartedOnce(memory: vscode.Memento, isRunning: boolean): Promise<void> {
  if (!memory.get<boolean>(SHOWN)) {
    await memory.update(SHOWN, true);
    await getStarted(isRunning);
  }
}

/** Open a copy of the sample that belongs to nobody's project, beside the walkthrough that goes on there. */
export async function openSample(extension: vscode.Uri): Promise<void> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension, 'media', 'sample.py'));
  const document = await vscode.workspace.openTextDocument({ language: 'python', content: new TextDecoder().decode(bytes) });
  await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
}
