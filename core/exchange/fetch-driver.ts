import type { BufferPool } from '../base/index.ts';
import { Semaphore, SmoothedRate } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId, RelPath } from '../model/index.ts';
import type { Clock, Hasher, LinkPath, Logger, PeerCalls, Timer } from '../ports/index.ts';
import type { FolderEngine } from '../folder/types.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { FetchBudget, FetchDecisions, FetchNote, FetchRequest, FetchShare } from '../transfer/index.ts';
import { FetchScheduler } from '../transfer/index.ts';
import type { BoardEntry } from './block-board.ts';
import { BlockRequest } from './block-request.ts';
import { DownloadQueue } from './download-queue.ts';
import type { ExchangeEvent } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { OpenDownload } from './open-download.ts';
import { SourceFinder } from './source-finder.ts';
import { StallWatch } from './stall-watch.ts';

export interface FetchDriverHost {
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly clock: Clock;
  readonly hasher: Hasher;
  readonly logger: Logger;
  readonly budget: FetchBudget;
  readonly waitingFilesMax?: number;
  readonly memory: BufferPool;
  readonly onEvent: (event: ExchangeEvent) => void;
  /** Something that status or evenness depends on has changed. */
  readonly onProgress: () => void;
}

/** A joined peer in one epoch. */
export interface LivePeer {
  readonly calls: PeerCalls;
  /** Aborts with the epoch, or when the folder stops. */
  readonly over: AbortController;
}

/**
 * Fetches what the folder wants: gives the scheduler the blocks of open files with their sources, does what it decides, verifies and
 * stores what comes. All decisions about whom to ask and when are the scheduler's; all decisions about files are the queue's.
 */
export class FetchDriver {
  readonly queue: DownloadQueue;
  readonly #host: FetchDriverHost;
  readonly #share: FetchShare;
  readonly #scheduler: FetchScheduler;
  readonly #finder: SourceFinder;
  readonly #peers = new Map<DeviceId, LivePeer>();
  readonly #requests = new Map<number, BlockRequest>();
  readonly #storing = new Semaphore(tuning.storesAtOnce);
  readonly #tasks = new Set<Promise<void>>();
  readonly #rate = new SmoothedRate(tuning.rateWindowMs);
  readonly #stalls: StallWatch;
  #timer: Timer | undefined;
  #evaluating = false;
  #paused = false;
  #stopped = false;

  constructor(host: FetchDriverHost) {
    this.#host = host;
    this.#share = host.budget.share(() => this.#note());
    this.#scheduler = new FetchScheduler(this.#share);
    this.#stalls = new StallWatch(host.clock, (ms) => this.#scheduler.stalled(ms));
    this.queue = new DownloadQueue({
      ...host,
      scheduler: this.#scheduler,
      isLive: (device) => this.#peers.has(device),
      onChanged: () => this.#note(),
      onWaiting: () => this.#finder.trigger(),
      track: (task) => this.#track(task),
    });
    this.#finder = new SourceFinder({
      ...host,
      queue: this.queue,
      peers: this.#peers,
      waitingBlocks: () => this.blocksWithoutSource(),
      onFound: () => this.#note(),
    });
  }

  /** Bytes per second. */
  get rate(): number {
    return this.#rate.perSecond(this.#host.clock.monoNow());
  }

  /** A joined peer has come up: everything that it has may be asked of it now (FET-7). */
  peerUp(calls: PeerCalls, path: LinkPath): void {
    if (this.#stopped || this.#paused) return;
    const { device } = calls;
    this.peerGone(device);
    this.#peers.set(device, { calls, over: new AbortController() });
    this.#scheduler.addPeer(device, path, this.#stalls.now());
    this.queue.sourcesChanged();
    this.#finder.peerUp(device);
  }

  /** The epoch is over: its sources are cleared before anything else happens (SES-2). */
  peerGone(device: DeviceId): void {
    const peer = this.#peers.get(device);
    if (!peer) return;
    this.#peers.delete(device);
    peer.over.abort();
    this.#scheduler.removePeer(device, this.#stalls.now());
    for (const request of [...this.#requests.values()]) if (request.device === device) this.#drop(request);
    this.queue.peerGone(device);
    this.#note();
  }

  peerSuspect(device: DeviceId, suspect: boolean): void {
    this.#scheduler.setPeerSuspect(device, suspect, this.#stalls.now());
    this.#note();
  }

  latencyMeasured(device: DeviceId, ms: number): void {
    this.#scheduler.latencyMeasured(device, ms);
  }

  /** How long nothing has come from `device` although something should (FET-7); undefined where nothing is wrong. */
  standsStillMs(device: DeviceId): number | undefined {
    return this.#scheduler.standsStillMs(device, this.#stalls.now());
  }

  /** Wanted blocks that nobody live is known to have. */
  blocksWithoutSource(): readonly BlockName[] {
    return this.#scheduler.waiting();
  }

  /** Who owes a block now. */
  asksOf(name: BlockName): ReturnType<FetchScheduler['asksOf']> {
    return this.#scheduler.asksOf(name);
  }

  /** A peer told what it has applied; it may be a source of more now. */
  historyHeard(): void {
    this.queue.sourcesChanged();
  }

  pathsChanged(paths: readonly RelPath[]): void {
    this.queue.pathsChanged(paths);
  }

  /** The engine may have something to download. */
  engineChanged(): void {
    if (!this.#paused) this.queue.open();
  }

  /** Paused, nothing is asked and every file is given back; what is staged stays. Peers must be announced again afterwards. */
  pause(paused: boolean): void {
    if (this.#paused === paused || this.#stopped) return;
    this.#paused = paused;
    if (paused) this.#giveUp();
    else this.queue.restart();
  }

  /** Ends all requests and gives every file back; resolves when what is being written is written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#giveUp();
    await this.#finder.stop();
    await this.queue.settled();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.#share.close();
  }

  #giveUp(): void {
    this.#timer?.cancel();
    for (const device of [...this.#peers.keys()]) this.peerGone(device);
    this.queue.giveUp();
  }

  /** Events only leave facts; one evaluation follows for all events of the same turn. */
  #note(): void {
    if (this.#evaluating || this.#stopped) return;
    this.#evaluating = true;
    const run = (): void => {
      this.#evaluating = false;
      if (!this.#stopped && !this.#paused) this.#evaluate();
    };
    if (this.queue.isOpening) this.#host.clock.setTimer(tuning.gatherMs, run);
    else queueMicrotask(run);
  }

  #evaluate(): void {
    this.queue.feed();
    this.#scheduler.setMoreComing(this.queue.moreComing);
    this.#carryOut(this.#scheduler.decide(this.#stalls.now()));
    this.#host.onProgress();
  }

  #carryOut(decisions: FetchDecisions): void {
    for (const note of decisions.notes) this.#noteDown(note);
    for (const { request, name } of decisions.cancels) this.#requests.get(request)?.cancel(name);
    for (const request of decisions.requests) this.#ask(request);
    for (const device of decisions.probes) this.#track(this.#probe(device));
    this.#wakeIn(decisions.nextWakeMs);
  }

  /** After a timer that comes late, because this host stood still, input is read before anything is judged (SES-5). */
  #wakeIn(ms: number | undefined, isGrace = false): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (ms === undefined) return;
    const delayMs = Math.max(1, Math.ceil(ms));
    const dueAt = this.#stalls.now() + delayMs;
    this.#timer = this.#host.clock.setTimer(delayMs, () => {
      const isLate = this.#stalls.now() - dueAt >= tuning.stallMs;
      if (isLate && !isGrace) this.#wakeIn(1, true);
      else this.#note();
    });
  }

  #ask(request: FetchRequest): void {
    const peer = this.#peers.get(request.device);
    if (!peer) return;
    const { journal, logger, memory } = this.#host;
    const blockRequest = new BlockRequest(request, {
      folder: journal.folder,
      memory,
      onPiece: (device, name, bytes) => {
        this.#rate.add(bytes, this.#host.clock.monoNow());
        this.#scheduler.pieceArrived(device, name, bytes, this.#stalls.now());
        this.#note();
      },
      onBlock: (device, block, bytes) => this.#track(this.#verify(device, block, bytes).finally(() => memory.give(bytes))),
      onViolation: (device, block) => {
        logger.log('warn', 'block-malformed', { folder: journal.folder, device, block: block.name });
        this.#scheduler.blockArrived(device, block.name, 'corrupt', this.#stalls.now());
        this.#note();
      },
      onDenied: (device, name, word) => {
        this.#scheduler.denied(device, name, word, this.#stalls.now());
        this.#finder.trigger();
        this.#note();
      },
    });
    this.#requests.set(request.id, blockRequest);
    this.#stalls.watch(true);
    this.#track(this.#await(blockRequest, peer.calls));
  }

  async #await(request: BlockRequest, calls: PeerCalls): Promise<void> {
    const outcome = await request.run(calls);
    if (!this.#forget(request)) return;
    this.#scheduler.requestEnded(request.id, outcome, this.#stalls.now());
    this.#note();
  }

  #drop(request: BlockRequest): void {
    this.#forget(request);
    request.abort();
  }

  /** False where it was forgotten before. */
  #forget(request: BlockRequest): boolean {
    const wasOpen = this.#requests.delete(request.id);
    this.#stalls.watch(this.#requests.size > 0);
    return wasOpen;
  }

  async #verify(device: DeviceId, block: BlockRef, bytes: Uint8Array): Promise<void> {
    const { hasher, journal, logger } = this.#host;
    const name = await hasher.hash(bytes);
    const entry = this.queue.board.get(block.name);
    if (name !== block.name) {
      logger.log('warn', 'block-corrupt', { folder: journal.folder, device, block: block.name });
      this.#scheduler.blockArrived(device, block.name, 'corrupt', this.#stalls.now());
    } else {
      this.#scheduler.blockArrived(device, block.name, 'verified', this.#stalls.now());
      if (entry && !entry.storing) await this.#store(entry, bytes, device);
    }
    this.#note();
  }

  /** Gives a verified block to every file that wants it, those included that come to want it meanwhile. */
  async #store(entry: BoardEntry, bytes: Uint8Array, device: DeviceId): Promise<void> {
    entry.storing = true;
    this.#share.hold(bytes.length);
    this.#note();
    try {
      await this.#storing.run(async () => {
        for (let index = 0; index < entry.downloads.length; index++) {
          const open = entry.downloads[index];
          if (open) await this.queue.put(open, entry.block, bytes, device);
        }
      });
    } finally {
      this.queue.board.remove(entry.block.name);
      this.#share.unhold(bytes.length);
    }
  }

  async #probe(device: DeviceId): Promise<void> {
    const peer = this.#peers.get(device);
    if (!peer) return;
    const askedAt = this.#stalls.now();
    const reply = await peer.calls.call('probe', {}, { signal: peer.over.signal });
    if (peer.over.signal.aborted) return;
    const now = this.#stalls.now();
    if (reply.ok) {
      this.#scheduler.latencyMeasured(device, now - askedAt);
      this.#scheduler.probeAnswered(device, now);
    } else this.#scheduler.probeFailed(device, now);
    this.#note();
  }

  #noteDown(note: FetchNote): void {
    const { logger, journal } = this.#host;
    if (note.kind === 'overdue' || note.kind === 'hedged') {
      for (const open of this.#wantersOf(note.name)) {
        if (note.kind === 'overdue') open.overdueAt(note.device);
        else open.hedges += 1;
      }
      return;
    }
    logger.log(noteLevels[note.kind], `source-${note.kind}`, { folder: journal.folder, device: note.device });
    if (note.kind === 'untrusted') this.#host.onEvent({ kind: 'untrusted', device: note.device });
  }

  #wantersOf(name: BlockName): readonly OpenDownload[] {
    return this.queue.board.get(name)?.downloads ?? [];
  }

  #track(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }
}

/** A suspicion that one answered probe settles is no news; a source that was left, and delivers again, is. */
const noteLevels = { suspect: 'debug', restored: 'debug', left: 'info', back: 'info', untrusted: 'warn' } as const;
