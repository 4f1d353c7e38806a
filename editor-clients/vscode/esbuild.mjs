// Bundles the extension, or with `--tests` each unit test, so that neither needs node_modules when it runs.
import { readdirSync } from 'node:fs';
import { build } from 'esbuild';

const isForTests = process.argv.includes('--tests');

await build({
  entryPoints: isForTests ? tests() : ['src/extension.ts'],
  outdir: isForTests ? 'dist-tests' : 'dist',
  bundle: true,
  minify: !isForTests,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  logLevel: 'warning',
});

function tests() {
  return readdirSync('test/unit').filter((name) => name.endsWith('.test.ts')).map((name) => `test/unit/${name}`);
}
