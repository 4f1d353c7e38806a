/** An editor server and a browser for the scenes of a file; pictures are kept in `out`. */

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startCodeServer } from './server.mjs';
import { Window } from './window.mjs';

const VSIX = fileURLToPath(new URL('../../diffgemma.vsix', import.meta.url));
const OUT = process.env.PICTURES ?? fileURLToPath(new URL('out', import.meta.url));

export async function launch(serverArguments) {
  const server = await startCodeServer(VSIX, serverArguments);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  return {
    engines: () => server.engines(),
    configure: (isThere) => server.configure(isThere),
    window: (files, name) => Window.open(server, browser, OUT, files, name),
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}
