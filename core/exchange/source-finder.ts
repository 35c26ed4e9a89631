import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Logger, PeerCalls } from '../ports/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { DownloadQueue } from './download-queue.ts';
import { Errand } from './errand.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { OpenDownload } from './open-download.ts';

export interface SourceFinderHost {
  readonly journal: FolderJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: DownloadQueue;
  /** Joined, live peers. */
  readonly peers: ReadonlyMap<DeviceId, { readonly calls: PeerCalls; readonly over: AbortController }>;
  /** Blocks that the scheduler knows no source of. */
  readonly waitingBlocks: () => readonly BlockName[];
  /** Sources were found. */
  readonly onFound: () => void;
}

/** How one peer is asked. */
interface Round {
  readonly errand: Errand;
  askedAt: number;
  intervalMs: number;
  /** Files that it was asked about; when all were, the next round begins. */
  readonly asked: Set<OpenDownload>;
}

interface Question {
  readonly block: BlockRef;
  readonly open: OpenDownload;
}

/**
 * Asks peers whether they have blocks that nobody is known to have (FET-2, `whohas`): at once when a file begins to wait or a peer comes
 * up, then ever more seldom. Each peer is asked on its own, so that a hung one delays no other's answer.
 */
export class SourceFinder {
  readonly #host: SourceFinderHost;
  readonly #rounds = new Map<DeviceId, Round>();
  #stopped = false;

  constructor(host: SourceFinderHost) {
    this.#host = host;
  }

  /** Something waits. */
  trigger(): void {
    for (const device of this.#host.peers.keys()) {
      const round = this.#roundOf(device);
      round.intervalMs = tuning.questionMs;
      round.errand.trigger(round.askedAt + tuning.questionGapMs - this.#host.clock.monoNow());
    }
  }

  /** A peer has come up, anew or for the first time: nothing that it said in its last epoch counts. */
  peerUp(device: DeviceId): void {
    void this.#rounds.get(device)?.errand.stop();
    this.#rounds.delete(device);
    if (!this.#stopped) this.#roundOf(device).errand.trigger();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const rounds = [...this.#rounds.values()];
    this.#rounds.clear();
    await Promise.all(rounds.map(({ errand }) => errand.stop()));
  }

  #roundOf(device: DeviceId): Round {
    let round = this.#rounds.get(device);
    if (!round) {
      const errand: Errand = new Errand(this.#host.clock, this.#host.logger, () => this.#ask(device, created));
      const created: Round = { errand, askedAt: -Infinity, intervalMs: tuning.questionMs, asked: new Set() };
      this.#rounds.set(device, (round = created));
    }
    return round;
  }

  /** Returns when to ask again; undefined: there is nothing to ask about, or nobody to ask. */
  async #ask(device: DeviceId, round: Round): Promise<number | undefined> {
    const { clock, journal, peers } = this.#host;
    const peer = peers.get(device);
    if (!peer || this.#stopped) return undefined;
    const questions = this.#questionsFor(round);
    if (questions.length === 0) {
      if (round.asked.size === 0) return undefined;
      round.asked.clear();
      round.intervalMs = Math.min(tuning.questionMsMax, round.intervalMs * 2);
      return round.intervalMs;
    }
    round.askedAt = clock.monoNow();
    const { signal } = peer.over;
    const reply = await peer.calls.call('whohas', { folder: journal.folder, blocks: questions.map(({ block }) => block.name) }, { signal });
    if (signal.aborted) return undefined;
    if (reply.ok) this.#take(device, questions, reply.value.ihave);
    return reply.ok ? tuning.questionGapMs : round.intervalMs;
  }

  #take(device: DeviceId, questions: readonly Question[], ihave: readonly number[]): void {
    const { queue, clock } = this.#host;
    const found = new Set(ihave);
    questions.forEach(({ block, open }, index) => {
      if (open.isClosed || open.state === 'finishing' || open.state === 'resting') return;
      open.asked.add(device);
      if (found.has(index)) queue.want(open, block, [device], clock.monoNow());
    });
    if (ihave.length > 0) this.#host.onFound();
  }

  /** Blocks of files without a source, many files in one question, and blocks whose sources have all denied them. */
  #questionsFor(round: Round): Question[] {
    const { queue, waitingBlocks } = this.#host;
    const questions: Question[] = [];
    const names = new Set<BlockName>();
    const add = (block: BlockRef, open: OpenDownload): void => {
      if (names.has(block.name) || questions.length >= limits.blocksPerQuestionMax) return;
      names.add(block.name);
      questions.push({ block, open });
    };
    for (const name of waitingBlocks()) {
      const entry = queue.board.get(name);
      const [open] = entry?.downloads ?? [];
      if (!entry || !open || round.asked.has(open)) continue;
      add(entry.block, open);
    }
    for (const open of queue.all()) {
      if (open.state !== 'waiting' || round.asked.has(open)) continue;
      const missing = open.download.missing().filter(({ name }) => !open.outstanding.has(name));
      for (const block of missing.slice(0, tuning.questionBlocksPerFile)) add(block, open);
      if (questions.length >= limits.blocksPerQuestionMax) break;
    }
    for (const { open } of questions) round.asked.add(open);
    return questions;
  }
}
