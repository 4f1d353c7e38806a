/** The menu of the status bar: how things are, and what can be done about it. */

import * as vscode from 'vscode';
import { settings } from '../settings';

interface Entry extends vscode.QuickPickItem {
  readonly run?: () => Thenable<unknown>;
}

export async function showMenu(sentence: string): Promise<void> {
  const entry = await vscode.window.showQuickPick(entries(), { title: 'diffgemma', placeHolder: sentence });
  await entry?.run?.();
}

function entries(): Entry[] {
  const language = vscode.window.activeTextEditor?.document.languageId;
  return [
    ...(language ? [toggleOf(language)] : []),
    toggle('enabled', settings().get('enabled', true), 'suggestions everywhere'),
    { label: '$(debug-restart) Restart the engine', run: () => vscode.commands.executeCommand('diffgemma.restart') },
    { label: '$(output) Open the log', run: () => vscode.commands.executeCommand('diffgemma.openLog') },
    { label: '$(gear) Open the settings', run: () => vscode.commands.executeCommand('diffgemma.openSettings') },
    { label: '$(book) Get started', run: () => vscode.commands.executeCommand('diffgemma.getStarted') },
  ];
}

function toggleOf(language: string): Entry {
  const languages = settings().get<Record<string, boolean>>('languages', {});
  const isOn = languages[language] ?? true;
  return toggle('languages', isOn, `suggestions in ${language}`, { ...languages, [language]: !isOn });
}

function toggle(setting: string, isOn: boolean, what: string, value: unknown = !isOn): Entry {
  return {
    label: isOn ? `$(circle-slash) Turn off ${what}` : `$(check) Turn on ${what}`,
    run: () => settings().update(setting, value, vscode.ConfigurationTarget.Global),
  };
}
