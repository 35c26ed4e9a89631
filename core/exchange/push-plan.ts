import type { MonoMs } from '../base/index.ts';
import type { DeviceId, HaveMark, JournalId } from '../model/index.ts';
import { journalDevice } from '../model/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { WireMark } from './wire-vectors.ts';
import { mayGive, sameMark } from './wire-vectors.ts';

/** Why a journal is not pushed now: until either side's mark changes, or until an instant. */
interface Hold {
  readonly ours: HaveMark | undefined;
  readonly theirs: HaveMark | undefined;
  readonly untilAt: number;
  /** The peer will never take it, and rightly: both are as even as they can be. */
  readonly settled: boolean;
}

interface WindowStart {
  readonly ours: HaveMark | undefined;
  readonly theirs: HaveMark | undefined;
}

/** Receiver's words that say that it must not have these batches (ROS-2). */
const rightfulRefusals: readonly string[] = ['not-a-writer', 'past-accepted-end'];
/** Receiver's word while another device sends it the same journal. */
export const othersSendWord = 'others-send';

/** What one peer holds, and what of ours to send it next (JRN-2). Remembers what was refused, so that nothing is sent in circles. */
export class PushPlan {
  readonly #journal: FolderJournal;
  readonly #peer: DeviceId;
  #theirs: Map<JournalId, HaveMark> | undefined;
  readonly #holds = new Map<JournalId, Hold>();
  /** Journals of which the peer is shown the batch where the two differ (JRN-5), from the mark before it. */
  readonly #shows = new Map<JournalId, HaveMark>();
  readonly #shown = new Set<JournalId>();
  #last: JournalId | undefined;

  constructor(journal: FolderJournal, peer: DeviceId) {
    this.#journal = journal;
    this.#peer = peer;
  }

  /** The peer has told what it holds. */
  get isHeard(): boolean {
    return this.#theirs !== undefined;
  }

  peerHolds(have: ReadonlyMap<JournalId, HaveMark>): void {
    this.#theirs = new Map(have);
  }

  peerHoldsAtLeast(journal: JournalId, mark: HaveMark): void {
    const known = this.#theirs?.get(journal);
    if (this.#theirs && (known?.end ?? 0) < mark.end) this.#theirs.set(journal, mark);
  }

  /** Looks for journals of the peer that it continued differently from what we hold: it is shown our batch (JRN-5). */
  async compareHashes(): Promise<void> {
    for (const [journal, theirs] of this.#theirs ?? []) {
      if (journalDevice(journal) !== this.#peer || theirs.end === 0) continue;
      const hash = await this.#journal.endHashAt(journal, theirs.end);
      if (hash !== undefined && hash !== theirs.endHash) this.show(journal);
    }
  }

  /** Sends the batch of ours that ends `journal`, or lies where the peer's ends, once in this epoch. */
  show(journal: JournalId): void {
    const ours = this.#journal.have().get(journal);
    if (!ours || ours.end === 0 || this.#shown.has(journal)) return;
    this.#shown.add(journal);
    const end = Math.min(ours.end, this.#theirs?.get(journal)?.end ?? ours.end);
    this.#shows.set(journal, { end: Math.max(0, end - 1), endHash: '' });
  }

  /** The journal whose next window is due: ours first, the others in turn. */
  next(now: MonoMs): JournalId | undefined {
    for (const journal of this.#shows.keys()) return journal;
    const due = [...this.#journal.have()]
      .filter(([journal, ours]) => mayGive(ours, this.#theirs?.get(journal)) && !this.#isHeld(journal, ours, now))
      .map(([journal]) => journal);
    if (due.length === 0) return undefined;
    const turn = this.#last === undefined ? -1 : due.indexOf(this.#last);
    return due.includes(this.#journal.own) ? this.#journal.own : due[(turn + 1) % due.length];
  }

  /** Where the next window of `journal` begins: what the peer holds. */
  startingPoint(journal: JournalId): HaveMark | undefined {
    return this.#shows.get(journal) ?? this.#theirs?.get(journal);
  }

  nothingToPush(journal: JournalId, start: WindowStart): void {
    this.#shows.delete(journal);
    this.#hold(journal, Infinity, true, start.ours);
  }

  /** Both sides as they are when a window begins: either may move on by other ways before its answer comes. */
  windowStart(journal: JournalId): WindowStart {
    return { ours: this.#journal.have().get(journal), theirs: this.#theirs?.get(journal) };
  }

  /** What the receiver said after the window that began at `start`. */
  pushed(
    journal: JournalId,
    start: WindowStart,
    mark: WireMark,
    refused: string | undefined,
    now: MonoMs,
  ): 'advanced' | 'others-send' | 'settled' | 'refused' {
    const wasShown = this.#shows.delete(journal);
    this.#last = journal;
    this.#theirs?.set(journal, mark);
    if (refused === othersSendWord) {
      this.#hold(journal, now + tuning.busyRetryMs, false);
      return 'others-send';
    }
    if (refused !== undefined && rightfulRefusals.includes(refused)) {
      this.#hold(journal, Infinity, true, start.ours);
      return 'settled';
    }
    // A gap tells where to go on; that is progress unless it is where we just began.
    if ((refused === undefined || refused === 'gap') && !sameMark(start.theirs, mark)) return 'advanced';
    if (wasShown) return 'settled';
    this.#hold(journal, Infinity, false, start.ours);
    return 'refused';
  }

  /** Ms until a hold that waits for time alone ends. */
  retryInMs(now: MonoMs): number | undefined {
    let at = Infinity;
    for (const hold of this.#holds.values()) if (hold.untilAt > now) at = Math.min(at, hold.untilAt);
    return at === Infinity ? undefined : at - now;
  }

  /** Both hold the same, as far as either may (STA-1). */
  get isEven(): boolean {
    const theirs = this.#theirs;
    if (!theirs) return false;
    const ours = this.#journal.have();
    for (const journal of new Set([...ours.keys(), ...theirs.keys()])) {
      const [mine, other] = [ours.get(journal), theirs.get(journal)];
      if ((mine?.end ?? 0) !== (other?.end ?? 0) && !this.#isSettled(journal, mine, other)) return false;
    }
    return true;
  }

  /** Entries that both have, and that either has: the progress of the metadata phase. */
  get progress(): { readonly done: number; readonly total: number } {
    let [done, total] = [0, 0];
    const ours = this.#journal.have();
    for (const journal of new Set([...ours.keys(), ...(this.#theirs?.keys() ?? [])])) {
      const [mine, other] = [ours.get(journal)?.end ?? 0, this.#theirs?.get(journal)?.end ?? 0];
      done += Math.min(mine, other);
      total += Math.max(mine, other);
    }
    return { done, total };
  }

  #isSettled(journal: JournalId, ours: HaveMark | undefined, theirs: HaveMark | undefined): boolean {
    const hold = this.#holds.get(journal);
    return hold !== undefined && hold.settled && sameMark(hold.ours, ours) && sameMark(hold.theirs, theirs);
  }

  #isHeld(journal: JournalId, ours: HaveMark, now: MonoMs): boolean {
    const hold = this.#holds.get(journal);
    if (!hold) return false;
    if (hold.untilAt > now && (hold.untilAt < Infinity || (sameMark(hold.ours, ours) && sameMark(hold.theirs, this.#theirs?.get(journal)))))
      return true;
    this.#holds.delete(journal);
    return false;
  }

  #hold(journal: JournalId, untilAt: number, settled: boolean, ours = this.#journal.have().get(journal)): void {
    this.#holds.set(journal, { ours, theirs: this.#theirs?.get(journal), untilAt, settled });
  }
}
