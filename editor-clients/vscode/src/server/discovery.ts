/** Where the language server may be, in the order in which it is looked for. Knows no editor. */

import * as path from 'node:path';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Folders whose virtual environments may be run; none in a workspace that is not trusted. */
  readonly trustedFolders: readonly string[];
  /** The setting `diffgemma.server.path`, empty where there is none. */
  readonly configuredPath: string;
}

export type Origin = 'setting' | 'workspace' | 'path' | 'tool';

export interface Place {
  readonly origin: Origin;
  readonly file: string;
}

const ENVIRONMENTS = ['.venv', 'venv', 'env'];
/** Under the home folder: the environment that the server gets where there is no tool that makes one for it. */
const OWN_ENVIRONMENT = '.local/share/diffgemma-lsp';

/** Every place in order; the setting is the only one where there is a setting. */
export function places(around: Surroundings): Place[] {
  const paths = around.platform === 'win32' ? path.win32 : path.posix;
  if (around.configuredPath) {
    return [{ origin: 'setting', file: expandHome(around.configuredPath, around.home, paths) }];
  }
  const program = around.platform === 'win32' ? 'diffgemma-lsp.exe' : 'diffgemma-lsp';
  const bin = around.platform === 'win32' ? 'Scripts' : 'bin';
  return [
    ...around.trustedFolders.flatMap((folder) =>
      ENVIRONMENTS.map((name) => place('workspace', paths.join(folder, name, bin, program))),
    ),
    ...searchPath(around, paths).map((folder) => place('path', paths.join(folder, program))),
    ...toolFolders(around, paths).map((folder) => place('tool', paths.join(folder, program))),
  ];
}

/** The first place where there is a program. */
export function findServer(around: Surroundings, isProgram: (file: string) => boolean): Place | undefined {
  return places(around).find(({ file }) => isProgram(file));
}

/** The one command that installs the server with what is there: uv, pipx, or an environment of its own as a last resort. */
export function installCommand(around: Surroundings, isProgram: (file: string) => boolean): string {
  const paths = around.platform === 'win32' ? path.win32 : path.posix;
  const suffix = around.platform === 'win32' ? '.exe' : '';
  const has = (name: string) => searchPath(around, paths).some((folder) => isProgram(paths.join(folder, name + suffix)));
  if (has('uv')) {
    return 'uv tool install diffgemma-lsp';
  }
  if (has('pipx')) {
    return 'pipx install diffgemma-lsp';
  }
  if (around.platform === 'win32') {
    return 'py -m pip install --user diffgemma-lsp';
  }
  // Many systems let nobody but their package manager install beside their own Python.
  return `python3 -m venv ~/${OWN_ENVIRONMENT} && ~/${OWN_ENVIRONMENT}/bin/pip install diffgemma-lsp`;
}

function place(origin: Origin, file: string): Place {
  return { origin, file };
}

function searchPath(around: Surroundings, paths: path.PlatformPath): string[] {
  const value = around.env.PATH ?? around.env.Path ?? '';
  // A relative folder means the current one, which a stranger's project may be.
  return value.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
}

/** Where the commands that install the server put it, on the search path or not. */
function toolFolders(around: Surroundings, paths: path.PlatformPath): string[] {
  const { UV_TOOL_BIN_DIR, PIPX_BIN_DIR, XDG_BIN_HOME } = around.env;
  const own = [paths.join(around.home, '.local', 'bin'), paths.join(around.home, OWN_ENVIRONMENT, 'bin')];
  const folders = [UV_TOOL_BIN_DIR, PIPX_BIN_DIR, XDG_BIN_HOME, ...own];
  return folders.filter((folder): folder is string => folder !== undefined && paths.isAbsolute(folder));
}

function expandHome(file: string, home: string, paths: path.PlatformPath): string {
  return /^~(?=[/\\])/.test(file) ? paths.join(home, file.slice(1)) : file;
}
