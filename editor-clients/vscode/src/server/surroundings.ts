/** This window's surroundings, as discovery wants them. */

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as vscode from 'vscode';
import { settings } from '../settings';
import type { Surroundings } from './discovery';

export function surroundings(): Surroundings {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const files = folders.filter((folder) => folder.uri.scheme === 'file').map((folder) => folder.uri.fsPath);
  return {
    platform: process.platform,
    env: process.env,
    home: os.homedir(),
    trustedFolders: vscode.workspace.isTrusted ? files : [],
    configuredPath: settings().get('server.path', '').trim(),
  };
}

export function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
