import type { MonoMs } from '../base/index.ts';
import { Semaphore, monoMs } from '../base/index.ts';
import type { BlockRef, DeviceId, KnownEntry, RelPath } from '../model/index.ts';
import { covers, sameContent, winnerOf } from '../model/index.ts';
import type { Clock, Logger } from '../ports/index.ts';
import { StoreFailure } from '../ports/index.ts';
import type { Download, FolderEngine } from '../folder/types.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { FetchScheduler } from '../transfer/index.ts';
import { BlockBoard } from './block-board.ts';
import { Errand } from './errand.ts';
import type { ExchangeEvent } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { DownloadState } from './open-download.ts';
import { OpenDownload } from './open-download.ts';
import { PassedOver } from './passed-over.ts';

export interface DownloadQueueHost {
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scheduler: FetchScheduler;
  readonly waitingFilesMax?: number;
  /** Joined and reachable. */
  readonly isLive: (device: DeviceId) => boolean;
  /** The scheduler has something new to decide on. */
  readonly onChanged: () => void;
  /** A file has no source. */
  readonly onWaiting: () => void;
  readonly onEvent: (event: ExchangeEvent) => void;
  readonly track: (task: Promise<void>) => void;
}

type PutResult = Awaited<ReturnType<Download['put']>>;

/**
 * The files being fetched: takes them from the engine while there is room, tells the scheduler of their blocks and sources, publishes
 * what is complete, holds aside what has no source (FET-7), lets go of what was superseded (JRN-3).
 */
export class DownloadQueue {
  readonly board = new BlockBoard();
  readonly #host: DownloadQueueHost;
  readonly #open = new Map<Download, OpenDownload>();
  readonly #byPath = new Map<RelPath, OpenDownload>();
  readonly #fetching = new Set<OpenDownload>();
  /** Those of which the scheduler does not know every missing block. */
  readonly #unfed = new Set<OpenDownload>();
  readonly #finishing = new Semaphore(tuning.finishesAtOnce);
  readonly #opening: Errand;
  readonly #sources: Errand;
  #lookedUpAt = monoMs(0);
  /** Files that are fetched or published, and bytes that they still needed when they were opened. */
  #files = 0;
  #bytes = 0;
  /** Files that wait for a source; and that rest because they could not be stored. */
  #waiting = 0;
  #resting = 0;
  readonly #passedOver: PassedOver;
  #isOpening = false;
  /** Paths that changed while the engine prepares the next file, up to a bound at which any path may have. */
  readonly #changedMeanwhile = new Set<RelPath>();
  /** The engine had nothing more when it was last asked. */
  #exhausted = false;
  #active = true;

  constructor(host: DownloadQueueHost) {
    this.#host = host;
    this.#passedOver = new PassedOver(host.waitingFilesMax);
    this.#opening = new Errand(host.clock, host.logger, () => this.#openMore());
    this.#sources = new Errand(host.clock, host.logger, async () => this.#lookUpSources());
  }

  /** Blocks will follow that the scheduler does not know of yet. */
  get moreComing(): boolean {
    return !this.#exhausted || this.#unfed.size > 0;
  }

  /** The engine has nothing more to hand out. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Files are being opened just now: what they want is better asked together. */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  all(): IterableIterator<OpenDownload> {
    return this.#open.values();
  }

  ofPath(path: RelPath): OpenDownload | undefined {
    return this.#byPath.get(path);
  }

  /** The engine may have more. */
  open(): void {
    this.#exhausted = false;
    if (this.#active) this.#opening.trigger();
  }

  restart(): void {
    this.#active = true;
    this.open();
  }

  /** Gives everything back to the engine. */
  giveUp(): void {
    this.#active = false;
    for (const open of [...this.#open.values()]) if (open.state !== 'finishing') this.#close(open, true);
  }

  /** Resolves when nothing is being opened any more. For good. */
  async settled(): Promise<void> {
    await Promise.all([this.#opening.stop(), this.#sources.stop()]);
    this.giveUp();
  }

  /** Peers came, or told of more that they have: looked up at once for the first, and a little later for those that follow closely. */
  sourcesChanged(): void {
    this.#sources.trigger(this.#lookedUpAt + tuning.sourcesDelayMs - this.#host.clock.monoNow());
  }

  /** A device is no source any more; files that had no other wait. */
  peerGone(device: DeviceId): void {
    for (const open of [...this.#fetching]) {
      if (!open.sources.has(device)) continue;
      open.sources = new Set([...open.sources].filter((source) => source !== device));
      if (open.sources.size === 0) this.#wait(open);
    }
  }

  /** Heads or history of these paths changed: a file that is no longer the newest is not fetched on (JRN-3). */
  pathsChanged(paths: readonly RelPath[]): void {
    for (const path of paths) {
      const open = this.#byPath.get(path);
      if (open && open.state !== 'finishing') this.#host.track(this.#checkCurrent(open));
      if (!open && this.#isOpening && this.#changedMeanwhile.size < tuning.openFilesMax) this.#changedMeanwhile.add(path);
    }
  }

  /** Tells the scheduler of as many blocks as it may know at once, in the order in which the files were opened. */
  feed(): void {
    const { scheduler, clock } = this.#host;
    for (const open of this.#unfed) {
      while (open.next < open.round.length) {
        if (scheduler.wantedCount >= tuning.wantedBlocksMax) return;
        const block = open.round[open.next++];
        if (block && !open.outstanding.has(block.name)) this.want(open, block, open.sources, clock.monoNow());
      }
      this.#unfed.delete(open);
    }
  }

  /** A block of `open` can be had from `sources`. */
  want(open: OpenDownload, block: BlockRef, sources: Iterable<DeviceId>, now: MonoMs): void {
    if (this.board.add(open, block)) this.#host.scheduler.want(block, sources, now);
  }

  /** Gives a verified block to a file. */
  async put(open: OpenDownload, block: BlockRef, bytes: Uint8Array, device: DeviceId): Promise<void> {
    if (open.isClosed) return;
    const result = await this.#storeSafely(() => open.download.put(block.name, bytes));
    this.#stored(open, block, device, result ?? { ok: false, error: { kind: 'io', text: 'the store failed' } });
  }

  #stored(open: OpenDownload, block: BlockRef, device: DeviceId, result: PutResult): void {
    open.outstanding.delete(block.name);
    if (open.isClosed) return;
    if (!result.ok) {
      if (result.error.kind === 'superseded') return this.#close(open, true);
      this.#host.logger.log('warn', 'block-not-stored', {
        folder: this.#host.journal.folder,
        path: open.download.path,
        reason: result.error.text,
      });
      return this.#rest(open, result.error.kind === 'disk-full' ? tuning.restDiskFullMs : tuning.restMs);
    }
    open.progressed = true;
    open.delivered(device, block);
    if (open.outstanding.size > 0 || open.next < open.round.length) return;
    this.#nextRound(open);
  }

  /** Many files are opened side by side, because each waits for the store several times. */
  async #openMore(): Promise<number | undefined> {
    this.#isOpening = true;
    this.#changedMeanwhile.clear();
    try {
      await Promise.all(Array.from({ length: tuning.openingLanes }, () => this.#openWhileRoom()));
    } finally {
      this.#isOpening = false;
      this.#host.onChanged();
    }
    return undefined;
  }

  async #openWhileRoom(): Promise<void> {
    while (this.#active && this.#hasRoom(1)) {
      const download = await this.#host.engine.nextDownload(this.#passedOver.wish(this.#waiting, this.#hasSource));
      if (!download) {
        // A change that the engine told of meanwhile has triggered another run.
        this.#exhausted = true;
        return;
      }
      if (this.#active) this.#add(new OpenDownload(download, this.#host.clock));
      else download.release();
    }
  }

  readonly #hasSource = ({ ref }: KnownEntry): boolean => this.#host.journal.devicesThatApplied(ref).some(this.#host.isLive);

  #add(open: OpenDownload): void {
    // The engine gave up what it had handed out, as it does when the folder stands still, and hands the file out anew.
    const older = this.#byPath.get(open.download.path);
    if (older && older.state !== 'finishing') this.#close(older, true);
    this.#open.set(open.download, open);
    this.#byPath.set(open.download.path, open);
    this.#waiting += 1;
    // The version that the engine was preparing may have been superseded before anyone here knew of the file.
    const mayBeOld = this.#changedMeanwhile.has(open.download.path) || this.#changedMeanwhile.size >= tuning.openFilesMax;
    if (open.download.missing().length === 0) this.#finish(open);
    else this.#lookUp(open);
    if (mayBeOld && open.state !== 'finishing') this.#host.track(this.#checkCurrent(open));
  }

  /** `fraction` below 1 leaves a margin: files are opened many at a time, so that their blocks are asked many at a time. */
  #hasRoom(fraction: number): boolean {
    if (this.#resting >= tuning.restingFilesMax) return false;
    return this.#files < tuning.openFilesMax * fraction && this.#bytes < tuning.openBytesMax * fraction;
  }

  /** Every change of state goes through here, for the counts. */
  #setState(open: OpenDownload, state: DownloadState): void {
    this.#count(open, -1);
    open.state = state;
    if (state === 'fetching' || state === 'finishing') open.countedBytes = open.openBytes;
    this.#count(open, 1);
    if (state === 'fetching') this.#fetching.add(open);
    else {
      this.#fetching.delete(open);
      this.#unfed.delete(open);
    }
  }

  #count(open: OpenDownload, sign: 1 | -1): void {
    if (open.state === 'waiting') this.#waiting += sign;
    if (open.state === 'resting') this.#resting += sign;
    if (open.state !== 'fetching' && open.state !== 'finishing') return;
    this.#files += sign;
    this.#bytes += sign * open.countedBytes;
  }

  async #lookUpSources(): Promise<number | undefined> {
    this.#lookedUpAt = this.#host.clock.monoNow();
    for (const open of [...this.#open.values()]) if (open.state === 'waiting' || open.state === 'fetching') this.#lookUp(open);
    this.#host.onChanged();
    const lookAgainMs = this.#passedOver.lookAgainIn(!this.#exhausted, this.#lookedUpAt);
    if (lookAgainMs === 0) this.open();
    return lookAgainMs === 0 ? undefined : lookAgainMs;
  }

  /** Learns the live sources of one file and begins, goes on or waits accordingly. */
  #lookUp(open: OpenDownload): void {
    const { journal, scheduler, clock } = this.#host;
    const sources = new Set(journal.devicesThatApplied(open.download.entry.ref).filter(this.#host.isLive));
    if (sources.size === 0) {
      // What single blocks were found elsewhere stays asked there.
      if (open.state !== 'waiting' || open.waitingSince === undefined) this.#wait(open);
      return;
    }
    const isNews = [...sources].some((device) => !open.sources.has(device));
    open.sources = sources;
    if (open.state === 'waiting') {
      this.#setState(open, 'fetching');
      open.waitingSince = undefined;
      for (const name of open.outstanding) for (const device of sources) scheduler.addSource(name, device, clock.monoNow());
      this.#nextRound(open, true);
    } else if (isNews)
      for (const name of open.outstanding) for (const device of sources) scheduler.addSource(name, device, clock.monoNow());
  }

  #wait(open: OpenDownload): void {
    this.#withdraw(open);
    this.#setState(open, 'waiting');
    open.waitingSince ??= this.#host.clock.wallNow();
    open.round = [];
    open.next = 0;
    this.#host.onWaiting();
  }

  /** Everything known to be missing has come: there may be more (after pages of block lists), or the file is complete. */
  #nextRound(open: OpenDownload, fresh = false): void {
    const missing = open.download.missing();
    if (missing.length === 0) return this.#finish(open);
    if (open.state === 'waiting') return this.#host.onWaiting();
    // All was stored and is missing still: not to be repeated without end.
    if (!fresh && !open.progressed) return this.#rest(open, tuning.restMs);
    open.round = missing;
    this.#unfed.add(open);
    open.next = 0;
    open.progressed = false;
    this.#host.onChanged();
  }

  #finish(open: OpenDownload): void {
    if (open.state === 'finishing' || open.isClosed) return;
    this.#setState(open, 'finishing');
    this.#host.track(
      this.#finishing.run(async () => {
        const { path, totalBytes } = open.download;
        const outcome = await this.#storeSafely(() => open.download.finish());
        if (outcome === undefined) return this.#rest(open, tuning.restMs);
        this.#close(open, false);
        if (outcome.kind === 'published') this.#host.onEvent({ kind: 'published', path, bytes: totalBytes, ...open.summary() });
      }),
    );
  }

  /** Could not be stored: goes back to the engine after a while, which then hands it out again. */
  #rest(open: OpenDownload, ms: number): void {
    this.#withdraw(open);
    this.#setState(open, 'resting');
    this.#host.clock.setTimer(ms, () => {
      if (open.state === 'resting') this.#close(open, true);
    });
  }

  /** Undefined where the store failed: whatever was begun is tried again later. */
  async #storeSafely<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#host.logger.log('error', 'exchange-store-failed', { folder: this.#host.journal.folder, reason: error.message });
      return undefined;
    }
  }

  async #checkCurrent(open: OpenDownload): Promise<void> {
    const state = await this.#storeSafely(() => this.#host.journal.pathState(open.download.path));
    if (!state) return;
    const winner = winnerOf(state.heads);
    const isNeeded = isSameVersion(winner, open.download.entry) && !isApplied(winner, state.history?.entry);
    if (!open.isClosed && open.state !== 'finishing' && !isNeeded) this.#close(open, true);
  }

  #close(open: OpenDownload, release: boolean): void {
    if (open.isClosed) return;
    this.#withdraw(open);
    this.#setState(open, 'closed');
    this.#open.delete(open.download);
    if (this.#byPath.get(open.download.path) === open) this.#byPath.delete(open.download.path);
    if (release) open.download.release();
    if (this.#active && this.#hasRoom(tuning.openAgainFraction)) this.#opening.trigger();
    this.#host.onChanged();
  }

  #withdraw(open: OpenDownload): void {
    const now = this.#host.clock.monoNow();
    for (const name of this.board.withdraw(open)) this.#host.scheduler.unwant(name, now);
  }
}

/** Same place, or the same version written again elsewhere: of equal vectors one stands for all. */
function isSameVersion(winner: KnownEntry | undefined, entry: KnownEntry): boolean {
  return winner !== undefined && winner.ref.journal === entry.ref.journal && winner.ref.sequence === entry.ref.sequence;
}

/** The bytes of `winner` came to this disk by another way. */
function isApplied(winner: KnownEntry | undefined, history: KnownEntry | undefined): boolean {
  return winner !== undefined && history !== undefined && covers(history.vector, winner.vector) && sameContent(history.snap, winner.snap);
}
