import { type Result, err, ok } from '../core/base/index.ts';
import type { Keychain } from '../core/ports/index.ts';
import { type Home, explainFsError, readJsonFile, writeFileAtomically } from './home.ts';

export type KeyPlace = 'os' | 'file';

export interface KeyChoice {
  readonly home: Home;
  /** What the person asked for; undefined: the system's key store if there is one. */
  readonly wanted: KeyPlace | undefined;
  readonly os: Keychain;
  readonly file: Keychain;
  /** Told each time that the key store is found locked; resolves when to look again, false when to give up. */
  readonly onLocked: (text: string) => Promise<boolean>;
}

export interface ChosenKeys {
  readonly keychain: Keychain;
  /** For the status: what people should know about where the key is. */
  readonly warnings: readonly string[];
  /** The choice was made in this run: takes the note of it back, for a first start that fails before there is a key. */
  readonly forget: (() => void) | undefined;
}

export interface KeysError {
  readonly kind: 'keys';
  readonly text: string;
}

/** An account that never exists: reading it only tells whether the key store works. */
const probeAccount = 'dormouse-probe';

/**
 * Which key store holds the key of this home. The answer is given once, at the first start, and noted in the home: a key store that
 * is away or locked later must never lead to a second key, only to waiting or to an error.
 */
export async function chooseKeychain(choice: KeyChoice): Promise<Result<ChosenKeys, KeysError>> {
  const noted = readNote(choice.home);
  if (noted?.storage === 'file')
    return ok({ keychain: choice.file, warnings: [fileWarning(choice.home, noted.wanted)], forget: undefined });
  if (noted?.storage === 'os') return choice.wanted === 'file' ? err({ kind: 'keys', text: otherPlaceText }) : reopen(choice);
  if (choice.wanted === 'file') return note(choice, { storage: 'file', wanted: true });
  const state = await probe(choice);
  if (state === 'given-up') return err(gaveUp);
  return note(choice, state === 'usable' ? { storage: 'os', wanted: true } : { storage: 'file', wanted: false });
}

/** The key is in the system's key store: nothing else will do. */
async function reopen(choice: KeyChoice): Promise<Result<ChosenKeys, KeysError>> {
  const state = await probe(choice);
  if (state === 'usable') return ok({ keychain: choice.os, warnings: [], forget: undefined });
  if (state === 'given-up') return err(gaveUp);
  const text = `The key of this device is in the system's key store, which cannot be reached: ${state.unavailable} Start the key store (on Linux a Secret Service such as gnome-keyring) and try again; the device stays the same.`;
  return err({ kind: 'keys', text });
}

const gaveUp: KeysError = { kind: 'keys', text: 'The key store stayed locked.' };
const otherPlaceText =
  "The key of this device is in the system's key store; a key in a file would make another device of it. Leave out --keys file, or choose another home with --home DIR.";

async function probe(choice: KeyChoice): Promise<'usable' | 'given-up' | { readonly unavailable: string }> {
  for (;;) {
    const read = await choice.os.read(probeAccount);
    if (read.ok) return 'usable';
    if (read.error.kind === 'unavailable') return { unavailable: endSentence(read.error.text) };
    if (!(await choice.onLocked(read.error.text))) return 'given-up';
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function fileWarning(home: Home, isWanted: boolean): string {
  const where = `The key of this device is kept in a file (${home.keyFolder}), readable by this user only`;
  return isWanted ? `${where}.` : `${where}, because this system has no key store that can be used.`;
}

interface KeyNote {
  readonly storage: KeyPlace;
  /** False where a file is used because there was no key store. */
  readonly wanted: boolean;
}

/** Written before the key is made: a crash in between leaves a choice without a key, never a key in two places. */
function note(choice: KeyChoice, made: KeyNote): Result<ChosenKeys, KeysError> {
  const write = (text: string): void => writeFileAtomically(choice.home.keysFile, text);
  try {
    write(`${JSON.stringify(made)}\n`);
  } catch (error) {
    return err({ kind: 'keys', text: `${choice.home.keysFile} cannot be written: ${explainFsError(error)}.` });
  }
  const warnings = made.storage === 'file' ? [fileWarning(choice.home, made.wanted)] : [];
  return ok({ keychain: choice[made.storage], warnings, forget: () => write('{}\n') });
}

function readNote(home: Home): KeyNote | undefined {
  const found = readJsonFile(home.keysFile);
  if (typeof found !== 'object' || found === null || !('storage' in found)) return undefined;
  if (found.storage !== 'os' && found.storage !== 'file') return undefined;
  return { storage: found.storage, wanted: 'wanted' in found && found.wanted === true };
}
