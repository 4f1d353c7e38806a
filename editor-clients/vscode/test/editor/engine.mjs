/** The resident engines of one folder, seen from outside: which are alive, and what they have counted. */

import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** The process ids of the engines whose files are in a folder. */
export function enginesIn(folder) {
  return recordsIn(folder).map(({ pid }) => pid);
}

/** What the only engine of a folder has counted since its start: tasks by how they ended, and denoising steps. */
export async function countsIn(folder) {
  const [{ socket }] = recordsIn(folder);
  const answer = await new Promise((resolve, reject) => {
    http.get({ socketPath: socket, path: '/metrics' }, resolve).once('error', reject);
  });
  const lines = (await text(answer)).matchAll(/^diffgemma_(?:tasks_total\{end="(\w+)"\}|(steps)_total) (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, end, steps, count]) => [end ?? steps, Number(count)]));
}

function recordsIn(folder) {
  let names = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'))).filter(({ pid }) => isAlive(pid));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
