import type { EventFieldsOf } from '../api/index.ts';
import type { MonoMs } from '../base/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { StoreFailure } from '../ports/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { folderVerdict } from './folder-state.ts';
import { folderFacts, othersOf, sayAgo } from './status.ts';

/** What a person sees of a folder at one look. */
export type FolderGlance = EventFieldsOf<'folder-state'>;

/** A look follows a change by so much, so that what is over in a moment is not told, and the look before by at least so much. */
const lookDelayMs = 100;
const lookGapMs = 200;

export interface FolderWatchHost {
  readonly clock: Clock;
  readonly glance: () => Promise<FolderGlance>;
  /** What is seen now is not what was told last. */
  readonly tell: (glance: FolderGlance) => void;
}

/**
 * Tells when a folder begins to look different (STA-2). Its parts only note that something has changed, however often; one look a little
 * later compares with what was told last. No timer runs while nothing changes.
 */
export class FolderWatch {
  readonly #host: FolderWatchHost;
  #timer: Timer | undefined;
  #lookedAt: MonoMs | undefined;
  #isLooking = false;
  #isStale = false;
  #isStopped = false;
  #told: string | undefined;

  constructor(host: FolderWatchHost) {
    this.#host = host;
  }

  noteChanged(): void {
    if (this.#isLooking) this.#isStale = true;
    else if (!this.#isStopped && !this.#timer) this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const { clock } = this.#host;
    const sinceLookMs = this.#lookedAt === undefined ? Infinity : clock.monoNow() - this.#lookedAt;
    this.#timer = clock.setTimer(Math.max(lookDelayMs, lookGapMs - sinceLookMs), () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#lookedAt = this.#host.clock.monoNow();
    this.#isLooking = true;
    this.#isStale = false;
    const glance = await this.#glance();
    this.#isLooking = false;
    if (this.#isStopped) return;
    const text = JSON.stringify(glance);
    if (glance && text !== this.#told) {
      this.#told = text;
      this.#host.tell(glance);
    }
    if (this.#isStale) this.#arm();
  }

  /** Undefined where the store fails: whatever mends that is a change. */
  async #glance(): Promise<FolderGlance | undefined> {
    try {
      return await this.#host.glance();
    } catch (error) {
      if (error instanceof StoreFailure) return undefined;
      throw error;
    }
  }
}

/** Cheap however much there is to fetch or to deliver. */
export async function folderGlance(core: AgentCore, folder: FolderRuntime): Promise<FolderGlance> {
  const others = othersOf(core, folder).map(({ device }) => device);
  const onlyHere = await folder.journal.isAnyOnlyHere(others);
  const facts = folderFacts(core, folder);
  return {
    state: folderVerdict(facts, sayAgo(core)).state,
    wants: facts.wanted.files > 0,
    fetches: facts.moving,
    onlyHere,
    reads: facts.reading.files > 0,
    sends: folder.exchange.status().isSending,
  };
}
