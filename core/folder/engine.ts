import { Emitter, err, type Result } from '../base/index.ts';
import type { JournalChange } from '../journal/types.ts';
import type { BlockName, FolderId, RelPath, Role } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Timer } from '../ports/index.ts';
import { StoreFailure, delay } from '../ports/index.ts';
import { Applier } from './applier.ts';
import { AsideRows } from './aside-rows.ts';
import { BlockReader, hasBlock } from './block-reader.ts';
import { ChangeFeed } from './change-feed.ts';
import { Claims } from './claims.ts';
import { CommitGroup } from './commit-group.ts';
import type { FolderContext } from './context.ts';
import { resolveConflict, revert } from './decisions-by-person.ts';
import type { Refusal } from './decisions-by-person.ts';
import { DirtyPaths } from './dirty-paths.ts';
import { Downloads } from './downloads.ts';
import { engineLimits } from './engine-limits.ts';
import { defaultFolderSettings } from './engine-options.ts';
import type { FolderEngineOptions } from './engine-options.ts';
import { FolderDisk } from './folder-disk.ts';
import { Gate } from './gate.ts';
import { AgentTime, clearStaging, recoverIntents, sweepStaging } from './housekeeping.ts';
import { checkMarker, makePrivateDirectories, stopOfError, stopOfStore } from './marker.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { Problems } from './problems.ts';
import { Publisher } from './publisher.ts';
import { ReaderChanges } from './reader-changes.ts';
import { Recorder } from './recorder.ts';
import { RootGuard } from './root-guard.ts';
import { Scans } from './scans.ts';
import { SpaceGuard } from './space-guard.ts';
import { Trash } from './trash.ts';
import type { BlockReads, Download, DownloadWish, EngineState, FolderEngine, FolderStop, TrashItem } from './types.ts';

/** One synced folder on this disk. It owns nothing that it was given: journal, store and ports are closed by the caller. */
export function createFolderEngine(options: FolderEngineOptions): FolderEngine {
  return new Engine(options);
}

class Engine implements FolderEngine {
  readonly folder: FolderId;
  readonly #options: FolderEngineOptions;
  readonly #context: FolderContext;
  readonly #trash: Trash;
  readonly #agentTime: AgentTime;
  readonly #space: SpaceGuard;
  readonly #applier: Applier;
  readonly #downloads: Downloads;
  readonly #scans: Scans;
  readonly #feed: ChangeFeed;
  readonly #blocks: BlockReader;
  readonly #dirty = new DirtyPaths();
  readonly #gate = new Gate();
  readonly #scanning = new OneAtATime(
    () => !this.#isHalted() && this.#scans.hasWork,
    () => this.#guarded(() => this.#scans.run(), undefined),
  );
  readonly #applying = new OneAtATime(
    () => !this.#isHalted() && !this.#dirty.isEmpty,
    () => this.#guarded(() => this.#applyDirty(), undefined),
  );
  #abort = new AbortController();
  readonly #changes = new Emitter<void>();
  #isStarted = false;
  #isPaused = false;
  #isOpen = false;
  #stop: FolderStop | undefined;
  #role: Role;
  #reopen: Timer | undefined;
  #sweep: Timer | undefined;
  #closing: Promise<void> | undefined;
  #isLoaded = false;
  #unsubscribe: (() => void) | undefined;

  constructor(options: FolderEngineOptions) {
    this.folder = options.folder;
    this.#options = options;
    this.#role = options.role();
    const context = (this.#context = this.#makeContext(options));
    this.#agentTime = new AgentTime(options.store, context.scope('meta'), options.clock);
    this.#trash = new Trash(context, new AsideRows(options.store, context.scope('aside')), () => this.#agentTime.nowMs());
    this.#space = new SpaceGuard(context, this.#trash, () => this.#retryDownloads());
    const publisher = new Publisher(context, this.#trash);
    this.#applier = new Applier(context, publisher);
    this.#downloads = new Downloads(context, publisher, this.#trash, this.#space, this.#applier);
    this.#applier.connect(this.#downloads);
    this.#scans = new Scans(context, new Recorder(context, publisher), () => this.#scanning.kick());
    this.#feed = new ChangeFeed(context, options.watcher);
    this.#blocks = new BlockReader(context);
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#unsubscribe = this.#options.journal.onChange((change) => this.#onJournal(change));
    await this.#closing;
    await this.#open();
  }

  async stop(): Promise<void> {
    if (!this.#isStarted) return;
    this.#isStarted = false;
    this.#unsubscribe?.();
    this.#reopen?.cancel();
    this.#interrupt();
    if (this.#isLoaded) await this.#agentTime.save().catch(() => undefined);
    await this.#close();
  }

  pause(paused: boolean): void {
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    if (paused) this.#interrupt();
    else {
      this.#abort = new AbortController();
      this.#goOn();
    }
    this.#changes.emit();
  }

  markUnscanned(): void {
    this.#context.problems.retryAll();
    this.#scans.markUnscanned();
    this.#changes.emit();
  }

  requestScan(paths: readonly RelPath[] | 'all'): void {
    this.#scans.request(paths);
  }

  async scanNow(signal?: AbortSignal): Promise<void> {
    if (this.#isHalted() || signal?.aborted) return;
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#scans.scanNow(), aborted]);
  }

  state(): EngineState {
    return {
      ...this.#scans.progress,
      stop: this.#stop,
      scanned: this.#scans.isScanned && this.#stop === undefined,
      unread: this.#context.problems.unreadCount,
      diskFull: this.#space.isFull,
      watchIncomplete: this.#feed.isIncomplete,
    };
  }

  async nextDownload(wish: DownloadWish = {}): Promise<Download | undefined> {
    if (this.#isHalted()) return undefined;
    return this.#guarded(() => this.#downloads.next(wish), undefined);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  openBlocks(): BlockReads {
    return this.#blocks.open();
  }

  hasBlock(name: BlockName): Promise<boolean> {
    return hasBlock(this.#context, name);
  }

  trash(): Promise<readonly TrashItem[]> {
    return this.#trash.list();
  }

  restore(id: string): ReturnType<FolderEngine['restore']> {
    return this.#whileRunning(() => this.#trash.restore(id));
  }

  resolveConflict(path: RelPath, keep: 'this' | 'that' | 'both'): ReturnType<FolderEngine['resolveConflict']> {
    return this.#whileRunning(() => resolveConflict(this.#context, this.#trash, path, keep));
  }

  revert(path: RelPath | undefined): ReturnType<FolderEngine['revert']> {
    return this.#whileRunning(async () => {
      const reverted = await revert(this.#context, this.#trash, path);
      this.#retryDownloads();
      return reverted;
    });
  }

  async localChanges(): Promise<readonly RelPath[]> {
    return this.#context.readerChanges.list();
  }

  #makeContext(options: FolderEngineOptions): FolderContext {
    const { folder, store, journal, clock, random } = options;
    const disk = new FolderDisk();
    const scope = (name: string): string => `folder-${name}/${folder}`;
    const onRetry = (paths: readonly RelPath[]): void => {
      this.#scans.request(paths);
      this.#markDirty(paths);
      this.#downloads.restart(paths);
      this.#changes.emit();
    };
    return {
      ...options,
      otherFolders: options.otherFolders,
      settings: () => ({ ...defaultFolderSettings, ...options.settings() }),
      disk,
      guarded: (task, otherwise) => this.#guarded(task, otherwise),
      claims: new Claims(),
      commits: new CommitGroup(disk, journal, clock),
      problems: new Problems(journal, clock, random, onRetry),
      readerChanges: new ReaderChanges(store, scope('local')),
      guard: new RootGuard(disk, folder, (stop) => this.#halt(stop)),
      copyHints: new Map(),
      rules: () => this.#scans.rules,
      scope,
      requestScan: (paths) => this.#scans.request(paths),
      markDirty: (paths) => this.#markDirty(paths),
      signal: () => this.#abort.signal,
      isHalted: () => this.#isHalted(),
      changed: () => this.#changes.emit(),
    };
  }

  #isHalted(): boolean {
    return !this.#isStarted || this.#isPaused || !this.#isOpen || this.#stop !== undefined;
  }

  /** Opens the root and puts right what an earlier run left. Whatever is in the way is tried again later. */
  async #open(): Promise<void> {
    try {
      this.#stop = await this.#openRoot();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#stop = stopOfStore(error);
    }
    if (!this.#isStarted || this.#stop) {
      await this.#context.disk.detach();
      if (this.#isStarted) this.#armReopen();
      this.#changes.emit();
      return;
    }
    this.#isOpen = true;
    if (!this.#isPaused) this.#abort = new AbortController();
    this.#context.problems.start();
    this.#armSweep(engineLimits.firstSweepMs);
    this.#scans.markUnscanned();
    this.#markDirty('wanted');
    this.#changes.emit();
    await this.#feed.start(this.#context.disk.tree.root);
    // What happened between the first scan's beginning and the watch's is seen by another look.
    if (!this.#isHalted()) this.#goOn();
  }

  async #openRoot(): Promise<FolderStop | undefined> {
    const { disk } = this.#context;
    const opened = await this.#options.trees.open(this.#options.root);
    if (!opened.ok) return stopOfError(this.#options.root, opened.error);
    const attached = await disk.attach(opened.value);
    if (!attached.ok) return stopOfError(this.#options.root, attached.error);
    const stop = await checkMarker(disk.tree, this.folder);
    if (stop) return stop;
    const made = await makePrivateDirectories(disk.tree);
    if (!made.ok) return stopOfError(this.#options.root, made.error);
    if (!this.#isLoaded) {
      await this.#agentTime.load();
      await this.#context.readerChanges.load();
    }
    const recovered = await recoverIntents(this.#context, this.#trash);
    if (!recovered.ok) return stopOfError(this.#options.root, recovered.error);
    if (!this.#isLoaded) await this.#trash.load();
    this.#downloads.begin(await clearStaging(this.#context));
    this.#isLoaded = true;
    return undefined;
  }

  /** The root is not to be trusted: nothing more is done until it is (FLD-5). */
  #halt(stop: FolderStop): void {
    if (this.#stop || !this.#isStarted) return;
    this.#stop = stop;
    this.#context.logger.log('warn', 'folder-stopped', { kind: stop.kind, text: stop.text });
    this.#interrupt();
    this.#changes.emit();
    void this.#close().then(() => {
      if (this.#isStarted) this.#armReopen();
    });
  }

  /** What takes long ends now, and nobody waits for it. */
  #interrupt(): void {
    this.#abort.abort();
    this.#scans.releaseWaiters();
  }

  #armReopen(): void {
    this.#reopen?.cancel();
    this.#reopen = this.#options.clock.setTimer(engineLimits.reopenMs, () => void this.#open());
  }

  /** Lets what is under way end, within a bound, and releases the disk. */
  #close(): Promise<void> {
    this.#closing ??= this.#closeParts().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    this.#isOpen = false;
    this.#context.problems.stop();
    this.#space.stop();
    this.#sweep?.cancel();
    const drained = this.#feed.stop().then(() => this.#gate.drained());
    await Promise.race([drained, delay(this.#options.clock, limits.stopMs)]);
    await this.#downloads.stop();
    this.#applier.reset();
    await this.#context.disk.detach();
  }

  #goOn(): void {
    this.#context.problems.retryAll();
    this.#scans.markUnscanned();
    this.#markDirty('wanted');
    this.#retryDownloads();
  }

  #retryDownloads(): void {
    this.#downloads.restart();
    this.#changes.emit();
  }

  #onJournal({ kind, paths }: JournalChange): void {
    this.#downloads.noteChanged(paths);
    if (kind === 'roster') this.#onRoster();
    if (kind !== 'foreign' && kind !== 'roster') return;
    this.#markDirty(paths);
    this.#retryDownloads();
  }

  /** A new role lets our changes be announced, or stops that (ROS-4); entries that count no more are to be announced as ours (ROS-2). */
  #onRoster(): void {
    const role = this.#options.role();
    if (role !== this.#role) {
      this.#role = role;
      this.#scans.request('all');
      this.#markDirty('wanted');
    }
    void this.#guarded(async () => this.#markDirty(await this.#options.journal.disownedPaths()), undefined);
  }

  #markDirty(paths: readonly RelPath[] | 'wanted'): void {
    this.#dirty.add(paths);
    this.#applying.kick();
  }

  async #applyDirty(): Promise<void> {
    // One turn, so that what is reported together is applied together.
    await Promise.resolve();
    while (!this.#dirty.isEmpty && !this.#isHalted()) {
      const next = this.#dirty.take(engineLimits.applyPathsMax);
      if (next === 'wanted') {
        await this.#applier.apply(await this.#options.journal.disownedPaths());
        await this.#applier.applyWanted();
      } else {
        await this.#applier.apply(next);
      }
      this.#changes.emit();
    }
  }

  #armSweep(delayMs: number): void {
    this.#sweep?.cancel();
    this.#sweep = this.#options.clock.setTimer(delayMs, () => {
      void this.#guarded(() => this.#tidy(), undefined).finally(() => {
        if (this.#isStarted && this.#isOpen) this.#armSweep(engineLimits.sweepMs);
      });
    });
  }

  async #tidy(): Promise<void> {
    await this.#agentTime.save();
    await this.#trash.sweep(await this.#space.totalBytes());
    await sweepStaging(this.#context, (id) => this.#downloads.isStaged(id));
    await this.#options.journal.collectPages(engineLimits.wantedSweepRows);
  }

  /** Runs `task` on the disk. A store that fails stops the folder; it is tried again. Bugs are thrown on. */
  async #guarded<T>(task: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await this.#gate.run(task);
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#halt(stopOfStore(error));
      return otherwise;
    }
  }

  async #whileRunning<T>(task: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
    const stopped = err({ kind: 'stopped', text: 'the folder stands still at the moment; its state says why' });
    return this.#isHalted() ? stopped : this.#guarded(task, stopped);
  }
}
