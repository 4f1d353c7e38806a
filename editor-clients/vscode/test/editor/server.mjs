/** A real VS Code, served to a browser by code-server, with folders of its own. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsIn, enginesIn } from './engine.mjs';

const CODE_SERVER = process.env.CODE_SERVER;
const DIFFGEMMA_LSP = process.env.DIFFGEMMA_LSP;

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.inlineSuggest.edits.enabled': false,
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.minimap.enabled': false,
  'editor.fontFamily': 'DejaVu Sans Mono, monospace',
  'files.autoSave': 'off',
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.editor.useModal': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};
// Alt with other keys does not reach an editor without a screen.
const KEYBINDINGS = [
  { key: 'ctrl+alt+s', command: 'editor.action.inlineSuggest.trigger', when: 'editorTextFocus' },
  { key: 'ctrl+alt+n', command: 'editor.action.inlineSuggest.showNext', when: 'inlineSuggestionVisible' },
  { key: 'ctrl+alt+p', command: 'editor.action.inlineSuggest.showPrevious', when: 'inlineSuggestionVisible' },
];

/**
 * Start it with the packed extension; `machine` holds the settings of the machine beside the path of the language server.
 * Workspaces are trusted unless `flags` say otherwise.
 */
export async function startCodeServer(vsix, machine, flags = ['--disable-workspace-trust']) {
  const home = mkdtempSync(path.join(tmpdir(), 'diffgemma-vscode-'));
  const data = path.join(home, 'data');
  const engines = path.join(home, 'run', 'diffgemma');
  for (const folder of ['data/User', 'data/Machine', 'run', 'state', 'project']) {
    mkdirSync(path.join(home, folder), { recursive: true, mode: 0o700 });
  }
  const configure = (others = {}) => {
    const settings = { 'diffgemma.server.path': DIFFGEMMA_LSP, ...machine, ...others };
    writeFileSync(path.join(data, 'Machine', 'settings.json'), JSON.stringify(settings));
  };
  configure();
  writeFileSync(path.join(data, 'User', 'settings.json'), JSON.stringify(SETTINGS));
  writeFileSync(path.join(data, 'User', 'keybindings.json'), JSON.stringify(KEYBINDINGS));
  const env = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: path.join(home, 'run'),
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'share'),
  };
  const folders = ['--user-data-dir', data, '--extensions-dir', path.join(home, 'extensions')];
  execFileSync(process.execPath, [CODE_SERVER, ...folders, '--install-extension', vsix], { env, stdio: 'ignore' });
  const quiet = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', ...flags];
  const child = spawn(process.execPath, [CODE_SERVER, ...folders, ...quiet, '--bind-addr', '127.0.0.1:0'], { env, detached: true });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (bytes) => {
      said += bytes;
      const found = /listening on (http:\S+)/.exec(said);
      if (found) resolve(found[1].replace(/\/$/, ''));
    });
    child.once('exit', () => reject(new Error(`code-server ended at its start: ${said}`)));
  });
  return {
    home,
    url,
    project: path.join(home, 'project'),
    /** Set other settings of the machine, or none but the first ones. */
    configure,
    engines: () => enginesIn(engines),
    counts: () => countsIn(engines),
    async stop() {
      for (const pid of enginesIn(engines)) process.kill(pid, 'SIGKILL');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid, 'SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
