import { rmSync } from 'node:fs';
import { type Result, err, ok } from '../core/base/index.ts';
import { type Home, explainFsError, isProcessAlive, readHolder, readJsonFile, writeFileAtomically } from './home.ts';

/** How to reach the local API of the agent that runs on a home; in a file that only the home's owner can read. */
export interface ApiAccess {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** The run of the agent that wrote it; idempotency keys begin with it. */
  readonly incarnation: string;
}

export type ApiFileError =
  | { readonly kind: 'no-agent'; readonly text: string }
  /** There may be one, but we cannot know. */
  | { readonly kind: 'unreadable'; readonly text: string };

export function writeApiFile(home: Home, access: ApiAccess): void {
  writeFileAtomically(home.apiFile, `${JSON.stringify(access)}\n`);
}

/** Takes our own file away; that of a later agent stays. */
export function removeApiFile(home: Home, access: ApiAccess): void {
  const found = parseApiAccess(readJsonFile(home.apiFile));
  if (found?.token === access.token) rmSync(home.apiFile, { force: true });
}

/** The access to the agent of `home`. A file left behind by an agent that was killed is recognised by its process being gone. */
export function readApiFile(home: Home): Result<ApiAccess, ApiFileError> {
  let found: unknown;
  try {
    found = readJsonFile(home.apiFile);
  } catch (error) {
    return err({ kind: 'unreadable', text: `${home.apiFile} cannot be read: ${explainFsError(error)}.` });
  }
  const access = parseApiAccess(found);
  if (access === undefined) return err(noAgentRunning(home));
  if (!isProcessAlive(access.pid)) return err(noAgentRunning(home, access.pid));
  return ok(access);
}

function parseApiAccess(found: unknown): ApiAccess | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const { url, token, pid, incarnation } = found as Partial<Record<keyof ApiAccess, unknown>>;
  if (typeof url !== 'string' || !/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url)) return undefined;
  if (typeof token !== 'string' || typeof pid !== 'number' || typeof incarnation !== 'string') return undefined;
  return { url, token, pid, incarnation };
}

/** `deadPid`: the agent that left `api.json` behind. */
export function noAgentRunning(home: Home, deadPid?: number): ApiFileError {
  const holder = readHolder(home);
  if (holder !== undefined && holder.pid !== deadPid && holder.phase !== '') {
    return { kind: 'no-agent', text: `The agent of ${home.folder} (pid ${holder.pid}) is not ready yet: ${holder.phase}.` };
  }
  const died = deadPid === undefined ? '' : ` (the last one, pid ${deadPid}, ended without cleaning up)`;
  return {
    kind: 'no-agent',
    text: `No agent is running for ${home.folder}${died}. Start one with: dormouse daemon --home ${quoteForShell(home.folder)}`,
  };
}

/** `text` as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
