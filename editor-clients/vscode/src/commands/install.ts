/** Where there is no server: the one command that installs it, run where its user can see it. */

import * as vscode from 'vscode';
import { installCommand } from '../server/discovery';
import { isProgram, surroundings } from '../server/surroundings';

export async function installServer(restart: () => Promise<void>): Promise<void> {
  const command = installCommand(surroundings(), isProgram);
  const [install, again, choose] = ['Install', 'Look again', 'Choose a file…'];
  const answer = await vscode.window.showInformationMessage(
    'diffgemma needs its language server.',
    { modal: true, detail: `This installs it, in a terminal:\n\n${command}` },
    install,
    again,
    choose,
  );
  if (answer === install) {
    await run(command);
    await restart();
  } else if (answer === again) {
    await restart();
  } else if (answer === choose) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'diffgemma.server.path');
  }
}

/** Run a command line in a terminal, and wait for its end. */
async function run(command: string): Promise<void> {
  const shell = new vscode.ShellExecution(command);
  const task = new vscode.Task({ type: 'diffgemma' }, vscode.TaskScope.Global, 'Install the language server', 'diffgemma', shell);
  const ended = new Promise<void>((resolve) => {
    const watching = vscode.tasks.onDidEndTask(({ execution }) => {
      if (execution.task.name === task.name && execution.task.source === task.source) {
        watching.dispose();
        resolve();
      }
    });
  });
  await vscode.tasks.executeTask(task);
  await ended;
}
