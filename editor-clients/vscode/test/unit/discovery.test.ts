import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer, installCommand, places, type Surroundings } from '../../src/server/discovery';

const HERE: Surroundings = {
  platform: 'linux',
  env: { PATH: '/usr/bin:relative:/opt/bin' },
  home: '/home/me',
  trustedFolders: ['/project'],
  configuredPath: '',
};

const files = (around: Surroundings) => places(around).map(({ file }) => file);

test('the workspace comes before the search path, and that before what uv and pipx installed', () => {
  assert.deepEqual(files(HERE), [
    '/project/.venv/bin/diffgemma-lsp',
    '/project/venv/bin/diffgemma-lsp',
    '/project/env/bin/diffgemma-lsp',
    '/usr/bin/diffgemma-lsp',
    '/opt/bin/diffgemma-lsp',
    '/home/me/.local/bin/diffgemma-lsp',
    '/home/me/.local/share/diffgemma-lsp/bin/diffgemma-lsp',
  ]);
});

test('a setting is the only place, and may begin with the home folder', () => {
  assert.deepEqual(places({ ...HERE, configuredPath: '~/bin/lsp' }), [{ origin: 'setting', file: '/home/me/bin/lsp' }]);
});

test('nothing of a workspace that is not trusted is run', () => {
  assert.ok(files({ ...HERE, trustedFolders: [] }).every((file) => !file.startsWith('/project')));
});

test('a relative folder of the search path is left out', () => {
  assert.ok(files(HERE).every((file) => !file.includes('relative')));
});

test('Windows has its own names and separators', () => {
  const around: Surroundings = { ...HERE, platform: 'win32', env: { Path: 'C:\\bin' }, home: 'C:\\me', trustedFolders: ['C:\\p'] };
  const found = files(around);
  assert.equal(found[0], 'C:\\p\\.venv\\Scripts\\diffgemma-lsp.exe');
  assert.ok(found.includes('C:\\bin\\diffgemma-lsp.exe'));
});

test('the first place with a program is taken, and none where there is none', () => {
  assert.deepEqual(findServer(HERE, (file) => file.startsWith('/opt')), { origin: 'path', file: '/opt/bin/diffgemma-lsp' });
  assert.equal(findServer(HERE, () => false), undefined);
});

for (const [tool, command] of [
  ['uv', 'uv tool install diffgemma-lsp'],
  ['pipx', 'pipx install diffgemma-lsp'],
  ['nothing', 'python3 -m venv ~/.local/share/diffgemma-lsp && ~/.local/share/diffgemma-lsp/bin/pip install diffgemma-lsp'],
] as const) {
  test(`with ${tool} the server is installed by: ${command}`, () => {
    assert.equal(installCommand(HERE, (file) => file === `/usr/bin/${tool}`), command);
  });
}
