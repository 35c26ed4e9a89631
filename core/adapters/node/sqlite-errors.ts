import { StoreFailure } from '../../ports/index.ts';
import type { StoreError } from '../../ports/index.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** Why a database could not be opened. `text` is for people: it names the file, the cause and the remedy. */
export type StoreOpenError =
  /** Written by a newer version of the program. */
  | { readonly kind: 'newer'; readonly version: number; readonly versionMax: number; readonly text: string }
  /** Damaged, or no database of this program. It is left as it is. */
  | { readonly kind: 'corrupt'; readonly text: string }
  /** Another process, or another store of this one, has it open. */
  | { readonly kind: 'in-use'; readonly text: string }
  | { readonly kind: 'disk-full'; readonly text: string }
  | { readonly kind: 'io'; readonly text: string };

/** The primary result code of what a call of SQLite threw; undefined for other errors, which are bugs. */
function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined;
  // The upper bits refine the code.
  return thrown.errcode & 0xff;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Translates what a call of SQLite threw while the store runs; throws on what is no failure of SQLite. */
export function storeError(thrown: unknown): StoreError {
  if (thrown instanceof StoreFailure) return thrown.error;
  switch (sqliteCode(thrown)) {
    case undefined:
      throw thrown;
    case SQLITE_FULL:
      return { kind: 'disk-full' };
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return { kind: 'corrupt', text: messageOf(thrown) };
    default:
      return { kind: 'io', text: messageOf(thrown) };
  }
}

/** Translates what opening `path` threw. */
export function storeOpenError(path: string, thrown: unknown): StoreOpenError {
  const cause = messageOf(thrown);
  switch (sqliteCode(thrown)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return { kind: 'in-use', text: `${path} is in use by another running Dormouse. Stop that one first, or choose another home.` };
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corruptError(path, cause);
    case SQLITE_FULL:
      return { kind: 'disk-full', text: `The disk that holds ${path} is full. Free some space on it.` };
    default:
      return { kind: 'io', text: `${path} cannot be opened: ${cause}. Check that its directory exists and that you may write there.` };
  }
}

export function corruptError(path: string, cause: string): StoreOpenError {
  return {
    kind: 'corrupt',
    text: `${path} is damaged or not a Dormouse database (${cause}). It was left as it is. Move it and its -wal file away and start again: the state is rebuilt from the folders and the other devices.`,
  };
}
