import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  accessSync,
  constants,
  readdirSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Result, err, ok } from '../core/base/index.ts';

/** Where one device keeps its state: one folder, which only its owner can enter. Several homes on one machine are several devices. */
export interface Home {
  /** Absolute. */
  readonly folder: string;
  /** The agent's store. */
  readonly storeFile: string;
  /** Where a running agent's local API is, and the token for it; see `api-file.ts`. */
  readonly apiFile: string;
  /** Which kind of key store holds the device's key; see `keys.ts`. */
  readonly keysFile: string;
  /** The key itself, where it is kept in a file (mode 0600). */
  readonly keyFolder: string;
  /** The ports of the last start; see `remembered-ports.ts`. */
  readonly portsFile: string;
  /** What a page that is open keeps valid over a restart of the agent; see `page-session.ts`. */
  readonly pageFile: string;
  /** Who runs on this home; for messages only, the store's lock decides. */
  readonly holderFile: string;
  readonly logFolder: string;
  /** Reports of crashes, one file each. */
  readonly incidentFolder: string;
}

export interface HomeError {
  readonly kind: 'home';
  readonly text: string;
}

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userFolder: string;
}

export function ownSurroundings(): Surroundings {
  return { platform: process.platform, env: process.env, userFolder: homedir() };
}

/** The platform's folder for program state. XDG asks to ignore a relative `XDG_STATE_HOME`. */
export function defaultHomeFolder({ platform, env, userFolder }: Surroundings): string {
  if (platform === 'darwin') return join(userFolder, 'Library', 'Application Support', 'Dormouse');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(userFolder, 'AppData', 'Local'), 'Dormouse');
  const stateFolder = env['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(stateFolder) ? stateFolder : join(userFolder, '.local', 'state'), 'dormouse');
}

/** The home at `chosen` (relative to `cwd`), or the platform's default. Touches nothing. */
export function locateHome(chosen: string | undefined, cwd: string, surroundings: Surroundings = ownSurroundings()): Home {
  const folder = chosen === undefined ? defaultHomeFolder(surroundings) : resolve(cwd, chosen);
  return {
    folder,
    storeFile: join(folder, 'agent.db'),
    apiFile: join(folder, 'api.json'),
    keysFile: join(folder, 'keys.json'),
    keyFolder: join(folder, 'keys'),
    portsFile: join(folder, 'ports.json'),
    pageFile: join(folder, 'page.json'),
    holderFile: join(folder, 'agent.pid'),
    logFolder: join(folder, 'logs'),
    incidentFolder: join(folder, 'incidents'),
  };
}

/** Makes the folders where they are missing and closes them to everyone else. Idempotent. */
export function prepareHome(home: Home): Result<void, HomeError> {
  try {
    mkdirSync(home.folder, { recursive: true, mode: 0o700 });
    const stat = statSync(home.folder);
    if (process.platform !== 'win32') {
      if (process.getuid !== undefined && stat.uid !== process.getuid()) {
        return err({ kind: 'home', text: `The home ${home.folder} belongs to another user. Choose a folder of your own with --home DIR.` });
      }
      if ((stat.mode & 0o077) !== 0) {
        if (isForeign(home)) {
          const text = `${home.folder} holds other files and is open to other users, so it is not made into a home. Choose an empty or new folder with --home DIR.`;
          return err({ kind: 'home', text });
        }
        chmodSync(home.folder, 0o700);
      }
    }
    for (const folder of [home.logFolder, home.incidentFolder, home.keyFolder]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(home.folder, constants.W_OK | constants.X_OK);
    return ok();
  } catch (error) {
    return err({ kind: 'home', text: `The home ${home.folder} cannot be used: ${explainFsError(error)}.` });
  }
}

/** A folder with files of which none is ours: taking it as a home would lock other users out of something that they may use. */
function isForeign(home: Home): boolean {
  const ours = [home.storeFile, home.keysFile, home.logFolder].map((path) => path.slice(home.folder.length + 1));
  const names = readdirSync(home.folder);
  return names.length > 0 && !names.some((name) => ours.includes(name));
}

/** The system's error as cause and remedy. */
export function explainFsError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not (check its permissions and owner)';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in the way; remove it or choose another folder';
    case 'EROFS':
      return 'the disk is read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; free some space';
    case undefined:
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** Puts `text` at `path` in one step, readable by its owner only: nobody ever reads half of it. Durable when it returns. */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The content of a small JSON file, or undefined where it is missing or not JSON. Other trouble (permissions) throws. */
export function readJsonFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A program that runs on a home. */
export interface HomeHolder {
  readonly pid: number;
  /** What it is doing as long as its API is not up, for a person. */
  readonly phase: string;
}

export function writeHolder(home: Home, phase: string): void {
  writeFileAtomically(home.holderFile, `${JSON.stringify({ pid: process.pid, phase } satisfies HomeHolder)}\n`);
}

/** Takes our own note away; a later holder's stays. */
export function removeHolder(home: Home): void {
  if (readHolder(home)?.pid === process.pid) rmSync(home.holderFile, { force: true });
}

/** Who is noted as running on `home` and alive. May be wrong after a kill when the system has given the number to another program. */
export function readHolder(home: Home): HomeHolder | undefined {
  let found: unknown;
  try {
    found = readJsonFile(home.holderFile);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null || !('pid' in found) || typeof found.pid !== 'number') return undefined;
  const phase = 'phase' in found && typeof found.phase === 'string' ? found.phase : '';
  return isProcessAlive(found.pid) ? { pid: found.pid, phase } : undefined;
}

/** Whether a process of this number exists. One of another user counts. */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What a second agent on the same home is told. */
export function homeInUseText(home: Home): string {
  const holder = readHolder(home);
  const who = holder === undefined ? 'another process' : `another agent (pid ${holder.pid})`;
  const stop = holder === undefined ? 'Stop it' : `Stop it (kill ${holder.pid})`;
  return `The home ${home.folder} is in use by ${who}. ${stop}, or give this one a home of its own with --home DIR.`;
}
