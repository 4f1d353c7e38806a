/** What the status bar says of documents, servers and workspaces; the workspace is not trusted until the last test. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenes, until } from './scene.mjs';
import { launch } from './stage.mjs';

const SCRIPT = fileURLToPath(new URL('drafts.toml', import.meta.url));
const FILES = {
  'first.py': 'x = 1\n',
  'menu.py': 'x = 1\n',
  'trust.py': 'one = <|fill|>\n',
  '.env': 'TOKEN=\n',
};

let stage;
let window;
const scene = scenes(() => window);

before(async () => {
  stage = await launch(['--engine', 'fake', '--model', SCRIPT], []);
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

scene('a secret file is shown as inactive, with the reason', async () => {
  await window.openFile('.env');
  await window.status(/inactive.*this document holds settings that are often secret/);
  await window.openFile('first.py');
  await window.status(/ready/);
});

scene('a document that is no file says so', async () => {
  await window.command('Preferences: Open Default Settings (JSON)');
  await window.status(/inactive.*no files on this machine/);
  await window.openFile('first.py');
  await window.status(/ready/);
});

scene('the menu switches a language off and on', async () => {
  await window.openFile('menu.py');
  await window.menu('Turn off suggestions in python');
  await window.status(/inactive.*switched off for python/);
  await window.menu('Turn on suggestions in python');
  await window.status(/ready/);
});

scene('the menu opens the settings and the log', async () => {
  await window.menu('Open the settings');
  await window.page.locator('.settings-editor').getByText('Live Drafts').first().waitFor();
  await window.picture('settings');
  await window.menu('Open the log');
  // Its lines would be written by a compiled module, which this editor does without.
  await window.page.waitForFunction(() =>
    [...document.querySelectorAll('.part.panel select')].some((channel) => channel.selectedOptions[0]?.textContent === 'diffgemma'),
  );
  await window.picture('log');
  await window.command('View: Hide Panel');
  await window.page.locator('.part.panel').waitFor({ state: 'hidden' });
});

scene('without a server the status bar says so, and offers the one command that installs it', async () => {
  stage.configure({ 'diffgemma.server.path': '' });
  await window.status(/failed.*not installed/);
  assert.deepEqual(await window.popUps(), []);
  await window.page.locator('[id$="diffgemma.status"] a').click();
  await window.page.locator('.monaco-dialog-box').getByText('install').first().waitFor();
  await window.picture('install');
  await window.press('Escape');
  stage.configure();
  await window.status(/ready/);
});

scene('a workspace names neither settings nor programs until it is trusted', async () => {
  const ran = path.join(stage.home, 'ran');
  plant(stage.project, `#!/bin/sh\ntouch '${ran}'\nexec '${process.env.DIFFGEMMA_LSP}' "$@"\n`);
  await window.openFile('trust.py');
  stage.configure({ 'diffgemma.server.path': '' });
  await window.status(/failed.*not installed/);
  assert.equal(existsSync(ran), false);
  stage.configure();
  await window.status(/ready/);
  await window.command('diffgemma: Fill the Marked Holes');
  await window.screen('one = 1');

  stage.configure({ 'diffgemma.server.path': '' });
  await window.status(/failed.*not installed/);
  await window.command('Workspaces: Manage Workspace Trust');
  await window.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
  await until(() => existsSync(ran));
  await window.openFile('trust.py');
  await window.status(/inactive.*switched off/);
});

/** Put settings that switch suggestions off, and a program, where a stranger's project would have them. */
function plant(project, program) {
  const bin = path.join(project, '.venv', 'bin');
  for (const folder of [bin, path.join(project, '.vscode')]) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(project, '.vscode', 'settings.json'), JSON.stringify({ 'diffgemma.enabled': false }));
  writeFileSync(path.join(bin, 'diffgemma-lsp'), program);
  chmodSync(path.join(bin, 'diffgemma-lsp'), 0o755);
}
