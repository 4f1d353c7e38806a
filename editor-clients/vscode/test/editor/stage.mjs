/** An editor server and a browser for the scenes of a file; pictures are kept in `out`. */

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startCodeServer } from './server.mjs';
import { Window } from './window.mjs';

const VSIX = fileURLToPath(new URL('../../diffgemma.vsix', import.meta.url));
const OUT = process.env.PICTURES ?? fileURLToPath(new URL('out', import.meta.url));

export async function launch(serverArguments, flags) {
  const server = await startCodeServer(VSIX, { 'diffgemma.server.arguments': serverArguments }, flags);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  return {
    engines: () => server.engines(),
    counts: () => server.counts(),
    configure: (settings) => server.configure(settings),
    home: server.home,
    project: server.project,
    window: (files, name) => Window.open(server, browser, OUT, files, name),
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}
