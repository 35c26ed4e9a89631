import { type Result, err, ok } from '../core/base/index.ts';
import type { FileKeychain } from '../core/adapters/node/keychain-file.ts';
import type { OsKeychain } from '../core/adapters/node/keychain-os.ts';
import type { Keychain } from '../core/ports/index.ts';
import { type Home, explainFsError, readJsonFile, writeFileAtomically } from './home.ts';
import { copyKeys, removeCopiedKeys } from './key-move.ts';

export type KeyPlace = 'os' | 'file';

export interface KeyChoice {
  readonly home: Home;
  /** What the person asked for; undefined: the system's key store if there is one. */
  readonly wanted: KeyPlace | undefined;
  /**
   * Whether a key that is in a file for want of a key store is moved by itself once there is one. Not in a program that also starts before
   * anyone has logged in: it would have to wait for the key store from then on.
   */
  readonly movesByItself: boolean;
  readonly os: OsKeychain;
  readonly file: FileKeychain;
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
 * Which key store holds the key of this home. The answer is noted in the home at the first start: a key store that is away or locked later
 * must never lead to a second key, only to waiting or to an error. A key in a file moves to a key store that has appeared (SEC-4).
 */
export async function chooseKeychain(choice: KeyChoice): Promise<Result<ChosenKeys, KeysError>> {
  const noted = readNote(choice.home);
  if (noted?.storage === 'file') return keepOrMove(choice, noted);
  if (noted?.storage === 'os') return choice.wanted === 'file' ? err({ kind: 'keys', text: otherPlaceText }) : reopen(choice);
  if (choice.wanted === 'file') return note(choice, { storage: 'file', wanted: true });
  const state = await probe(choice);
  if (state === 'given-up') return err(gaveUp);
  return note(choice, state === 'usable' ? { storage: 'os', wanted: true } : { storage: 'file', wanted: false });
}

/**
 * The key is in a file. It moves if the person wants that, or never wanted the file; and only into a store that is open, because the
 * device can do without. The note is the moment of the move: before it the file counts, after it the store, and until the file is
 * removed both hold the same key.
 */
async function keepOrMove(choice: KeyChoice, noted: KeyNote): Promise<Result<ChosenKeys, KeysError>> {
  const isWanted = choice.wanted === 'file' || (noted.wanted && choice.wanted === undefined);
  const mayMove = !isWanted && (choice.movesByItself || choice.wanted === 'os');
  if (mayMove && (await choice.os.state()) === 'unlocked' && (await copyKeys(choice.file, choice.os))) {
    const moved = note(choice, { storage: 'os', wanted: true });
    if (moved.ok) {
      await removeCopiedKeys(choice.file, choice.os);
      return ok({ ...moved.value, forget: undefined });
    }
  }
  if (isWanted !== noted.wanted) note(choice, { storage: 'file', wanted: isWanted });
  return ok({ keychain: choice.file, warnings: [fileWarning(choice, isWanted)], forget: undefined });
}

/** The key is in the system's key store: nothing else will do. */
async function reopen(choice: KeyChoice): Promise<Result<ChosenKeys, KeysError>> {
  const state = await probe(choice);
  if (state === 'usable') {
    // What a move left that was interrupted.
    await removeCopiedKeys(choice.file, choice.os);
    return ok({ keychain: choice.os, warnings: [], forget: undefined });
  }
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

function fileWarning({ home, movesByItself }: KeyChoice, isWanted: boolean): string {
  const where = `The key of this device is kept in a file (${home.keyFolder}), readable by this user only`;
  if (isWanted) return `${where}.`;
  const later = movesByItself ? 'It moves to one as soon as there is one' : 'Once there is one, --keys os moves it there';
  return `${where}, because this system has no key store that can be used. ${later}.`;
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
  const warnings = made.storage === 'file' ? [fileWarning(choice, made.wanted)] : [];
  return ok({ keychain: choice[made.storage], warnings, forget: () => write('{}\n') });
}

function readNote(home: Home): KeyNote | undefined {
  const found = readJsonFile(home.keysFile);
  if (typeof found !== 'object' || found === null || !('storage' in found)) return undefined;
  if (found.storage !== 'os' && found.storage !== 'file') return undefined;
  return { storage: found.storage, wanted: 'wanted' in found && found.wanted === true };
}
