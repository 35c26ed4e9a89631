import { textFromUtf8 } from '../base/index.ts';
import type { AppliedMark, AppliedVector, DeviceId, JournalId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { markCovers } from './applied-codec.ts';
import type { IndexedHead } from './derived-rows.ts';
import { parseIndexText } from './derived-rows.ts';
import type { FolderState } from './folder-state.ts';
import type { JournalState } from './journal-state.ts';
import { journalPrefix, placeKey, sequenceOfPlaceKey } from './scopes.ts';
import type { FileTotals } from './types.ts';

/**
 * What we have applied: per journal the end of its main chain and the heads up to there that are not on this disk (JRN-7). With too many
 * of these `through` is lowered to just before the first that does not fit.
 */
export async function appliedVector(store: Store, state: FolderState): Promise<AppliedVector> {
  const applied = new Map<JournalId, AppliedMark>();
  for (const journal of state.journals.values()) {
    const { end } = journal.chains.main;
    if (end === 0) continue;
    const range = {
      prefix: journalPrefix(journal.number),
      before: placeKey(journal.number, end + 1),
      limit: limits.historyExceptionsMax + 1,
    };
    const exceptions = (await store.scan(state.scopes.unapplied, range)).map((row) => sequenceOfPlaceKey(row.key));
    const surplus = exceptions[limits.historyExceptionsMax];
    applied.set(
      journal.journal,
      surplus === undefined ? { through: end, exceptions } : { through: surplus - 1, exceptions: exceptions.slice(0, -1) },
    );
  }
  return applied;
}

/**
 * Whether a device that says `applied` has the head of `journal` at `sequence`. Its word about that place counts where it reaches so far.
 * Otherwise the same version may have stood elsewhere before, where the device has it from: then its words about all components of
 * the vector tell, but only without an exception beyond the counter, which could be that very version written again.
 */
function hasApplied(applied: AppliedVector, journal: JournalId, sequence: number, head: IndexedHead): boolean {
  const mark = applied.get(journal);
  if (mark !== undefined && mark.through >= sequence) return markCovers(mark, sequence);
  return head.vector !== undefined && head.vector.every(([component, counter]) => surelyCovers(applied.get(component), counter));
}

function surelyCovers(mark: AppliedMark | undefined, counter: number): boolean {
  return markCovers(mark, counter) && (mark?.exceptions ?? []).every((exception) => exception < counter);
}

/** Live files that a device which says `applied` has not; costs what is outstanding. */
export async function filesNotApplied(store: Store, state: FolderState, applied: AppliedVector): Promise<FileTotals> {
  return sumOfCandidates(store, state, [applied], async (heads) => heads);
}

/** Live files that are applied here and by none of `among`, as far as they have told; costs what the most advanced of them lacks. */
export async function filesOnlyHere(store: Store, state: FolderState, among: readonly DeviceId[]): Promise<FileTotals> {
  const others = vectorsOf(state, among);
  if (others.length === 0) {
    const { files, bytes, missing, missingBytes } = state.counters;
    return { files: files - missing, bytes: bytes - missingBytes };
  }
  return sumOfCandidates(store, state, others, (heads) => withoutUnapplied(store, state, heads));
}

/** Whether {@link filesOnlyHere} finds any; ends with the first. */
export async function isAnyFileOnlyHere(store: Store, state: FolderState, among: readonly DeviceId[]): Promise<boolean> {
  const others = vectorsOf(state, among);
  if (others.length === 0) return state.counters.files > state.counters.missing;
  for (const journal of state.journals.values()) {
    if (journal.headsCount === 0) continue;
    for await (const page of candidates(store, state, journal, others, firstPageHeads))
      if ((await withoutUnapplied(store, state, page)).length > 0) return true;
  }
  return false;
}

function vectorsOf({ peers }: FolderState, devices: readonly DeviceId[]): readonly AppliedVector[] {
  return devices.map((device) => peers.get(device)).filter((applied) => applied !== undefined);
}

interface PlacedHead {
  readonly placeKey: string;
  readonly head: IndexedHead;
}

async function withoutUnapplied(store: Store, state: FolderState, heads: readonly PlacedHead[]): Promise<readonly PlacedHead[]> {
  const marks = await store.getMany(
    state.scopes.unapplied,
    heads.map((each) => each.placeKey),
  );
  return heads.filter((_, index) => marks[index] === undefined);
}

async function sumOfCandidates(
  store: Store,
  state: FolderState,
  vectors: readonly AppliedVector[],
  select: (heads: readonly PlacedHead[]) => Promise<readonly PlacedHead[]>,
): Promise<FileTotals> {
  let files = 0;
  let bytes = 0;
  for (const journal of state.journals.values()) {
    if (journal.headsCount === 0) continue;
    for await (const page of candidates(store, state, journal, vectors, pageHeads)) {
      for (const { head } of await select(page)) {
        files += 1;
        bytes += head.bytes;
      }
    }
  }
  return { files, bytes };
}

/** Heads that are looked up together: of all, and where one is enough. */
const pageHeads = 1000;
const firstPageHeads = 50;

/** Newest live files of one journal that none of `vectors` covers, page by page. */
async function* candidates(
  store: Store,
  state: FolderState,
  journal: JournalState,
  vectors: readonly AppliedVector[],
  headsMax: number,
): AsyncGenerator<readonly PlacedHead[]> {
  const isOpen = (placed: PlacedHead): boolean => {
    const sequence = sequenceOfPlaceKey(placed.placeKey);
    return (
      placed.head.isWinner && placed.head.isFile && !vectors.some((applied) => hasApplied(applied, journal.journal, sequence, placed.head))
    );
  };
  // Whatever nobody covers lies beyond the farthest mark or is one of its exceptions.
  const farthest = farthestMark(vectors.map((applied) => applied.get(journal.journal)));
  const exceptionKeys = farthest.exceptions.map((sequence) => placeKey(journal.number, sequence));
  const exceptions = await store.getMany(state.scopes.index, exceptionKeys);
  yield exceptions
    .flatMap((bytes, index) => (bytes ? [{ placeKey: exceptionKeys[index] ?? '', head: headFrom(bytes) }] : []))
    .filter(isOpen);
  let page: PlacedHead[] = [];
  const beyond = { prefix: journalPrefix(journal.number), from: placeKey(journal.number, farthest.through + 1) };
  for await (const row of storeRows(store, state.scopes.index, beyond)) {
    const placed = { placeKey: row.key, head: headFrom(row.value) };
    if (isOpen(placed)) page.push(placed);
    if (page.length < headsMax) continue;
    yield page;
    page = [];
  }
  yield page;
}

function farthestMark(marks: readonly (AppliedMark | undefined)[]): AppliedMark {
  let farthest: AppliedMark = { through: 0, exceptions: [] };
  for (const mark of marks) if (mark && mark.through > farthest.through) farthest = mark;
  return farthest;
}

function headFrom(bytes: Uint8Array): IndexedHead {
  return parseIndexText(textFromUtf8(bytes) ?? '');
}

/** Devices of `members` that say that they have applied the entry. */
export function devicesThatApplied(
  peers: ReadonlyMap<DeviceId, AppliedVector>,
  members: ReadonlyMap<DeviceId, unknown>,
  journal: JournalId,
  sequence: number,
): readonly DeviceId[] {
  return [...peers]
    .filter(([device, applied]) => members.has(device) && markCovers(applied.get(journal), sequence))
    .map(([device]) => device);
}
