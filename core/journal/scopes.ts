import type { BlockName, FolderId } from '../model/index.ts';

/** Names of the scopes of one folder in the store. Rows of paths are keyed by `pathKey`. */
export interface FolderScopes {
  /** `schema`, `own`, `counters`. */
  readonly meta: string;
  /** Roster statements by number, in the order in which they were taken. */
  readonly roster: string;
  /** Per journal its chains, floors and count of heads. */
  readonly journals: string;
  /** Per batch its end, hash and size, by {@link placeKey} of its first sequence number. */
  readonly chain: string;
  /** Bytes of batches, keyed as in `chain`. */
  readonly batches: string;
  /** Per path its newest known entries. */
  readonly heads: string;
  /** Per path the entry whose bytes are on this disk. */
  readonly history: string;
  /** Per entry that is a head its path, by {@link placeKey}. */
  readonly index: string;
  /** Places of heads that are not applied here. */
  readonly unapplied: string;
  /** Paths that have a live head. */
  readonly live: string;
  /** Paths whose winner is not applied, in the order of fetching. */
  readonly wanted: string;
  /** Per path why it is held. */
  readonly held: string;
  /** Paths whose winner is a conflict copy. */
  readonly conflicts: string;
  readonly problems: string;
  /** Paths to be announced anew after a revocation (ROS-2). */
  readonly disowned: string;
  /** Blocks and pages that heads name and history does not: {@link nameKey}. */
  readonly named: string;
  /** Where files of history have blocks and pages: {@link nameKey}. */
  readonly places: string;
  /** Bytes of pages by name. */
  readonly pages: string;
  /** Per page the bytes of content that it stands for, and when it was put. */
  readonly pageFacts: string;
  /** Names within pages: block or page name, blank, name of the page. */
  readonly within: string;
  /** Per device what it says that it has applied. */
  readonly peers: string;
}

export function folderScopes(folder: FolderId): FolderScopes {
  const scope = (name: string): string => `folder/${folder}/${name}`;
  return {
    meta: scope('meta'),
    roster: scope('roster'),
    journals: scope('journals'),
    chain: scope('chain'),
    batches: scope('batches'),
    heads: scope('heads'),
    history: scope('history'),
    index: scope('index'),
    unapplied: scope('unapplied'),
    live: scope('live'),
    wanted: scope('wanted'),
    held: scope('held'),
    conflicts: scope('conflicts'),
    problems: scope('problems'),
    disowned: scope('disowned'),
    named: scope('named'),
    places: scope('places'),
    pages: scope('pages'),
    pageFacts: scope('page-facts'),
    within: scope('within'),
    peers: scope('peers'),
  };
}

/** Digits of a sequence number in a key: enough for 2^53. */
const sequenceDigits = 16;

/** Key of a place in a journal; `journalNumber` is this store's own number for the journal. Sorts by journal, then by sequence number. */
export function placeKey(journalNumber: number, sequence: number): string {
  return `${journalPrefix(journalNumber)}${sequence.toString().padStart(sequenceDigits, '0')}`;
}

/** Prefix of all keys of one journal. */
export function journalPrefix(journalNumber: number): string {
  return `${journalNumber.toString().padStart(4, '0')}/`;
}

export function sequenceOfPlaceKey(key: string): number {
  return Number(key.slice(-sequenceDigits));
}

/** Key of a block or page together with what names or holds it. */
export function nameKey(name: BlockName, holder: string): string {
  return `${name} ${holder}`;
}

/** The second half of a {@link nameKey}. */
export function holderOfNameKey(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
