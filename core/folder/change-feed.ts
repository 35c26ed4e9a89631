import type { RelPath } from '../model/index.ts';
import { relPath } from '../model/index.ts';
import type { Timer, Watch, WatchEvent, Watcher } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';

/**
 * Turns what the watcher sees, and the passing of time, into requests for scans. The watcher is a hint: everything is scanned every
 * `rescanMs` as well (FLD-1).
 */
export class ChangeFeed {
  readonly #context: FolderContext;
  readonly #watcher: Watcher;
  readonly #paths = new Set<RelPath>();
  #all = false;
  #watch: Watch | undefined;
  #isStopped = true;
  /** The debounce under way: when it began, and its timer. */
  #pending: { readonly sinceMonoMs: number; timer: Timer } | undefined;
  #rescan: Timer | undefined;

  constructor(context: FolderContext, watcher: Watcher) {
    this.#context = context;
    this.#watcher = watcher;
  }

  get isIncomplete(): boolean {
    return this.#context.settings().watch && !(this.#watch?.complete ?? false);
  }

  async start(root: string): Promise<void> {
    this.#isStopped = false;
    this.#armRescan();
    if (!this.#context.settings().watch) return;
    const watch = await this.#watcher.watch(root, (event) => this.#onEvent(event));
    if (this.#isStopped) await watch.stop();
    else this.#watch = watch;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pending?.timer.cancel();
    this.#pending = undefined;
    this.#rescan?.cancel();
    this.#rescan = undefined;
    this.#paths.clear();
    this.#all = false;
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.stop();
  }

  #onEvent(event: WatchEvent): void {
    if (this.#isStopped) return;
    if (event.kind === 'lost') {
      this.#context.logger.log('info', 'watch-lost', { reason: event.reason, text: event.text });
      this.#all = true;
      this.#context.changed();
    } else {
      for (const path of event.paths) this.#noteChanged(path);
    }
    if (this.#all || this.#paths.size > 0) this.#debounce();
  }

  #noteChanged(text: string): void {
    const path = relPath(text);
    // The root itself, or a name that cannot be synced: the scan of its directory shows it as a problem.
    if (path.ok) this.#paths.add(path.value);
    else if (path.error.kind !== 'private') this.#all = true;
    if (this.#paths.size > engineLimits.scanPathsMax) {
      this.#all = true;
      this.#paths.clear();
    }
  }

  /** Waits until it is quiet, but not for ever. */
  #debounce(): void {
    const nowMs = this.#context.clock.monoNow();
    const sinceMonoMs = this.#pending?.sinceMonoMs ?? nowMs;
    this.#pending?.timer.cancel();
    const delayMs = Math.min(engineLimits.debounceMs, Math.max(0, sinceMonoMs + engineLimits.debounceMsMax - nowMs));
    const timer = this.#context.clock.setTimer(delayMs, () => {
      this.#pending = undefined;
      const paths = [...this.#paths];
      const all = this.#all;
      this.#paths.clear();
      this.#all = false;
      this.#context.requestScan(all ? 'all' : paths);
    });
    this.#pending = { sinceMonoMs, timer };
  }

  #armRescan(): void {
    const spread = 1 + engineLimits.rescanJitter * (2 * this.#context.random.fraction() - 1);
    this.#rescan = this.#context.clock.setTimer(this.#context.settings().rescanMs * spread, () => {
      this.#context.requestScan('all');
      if (!this.#isStopped) this.#armRescan();
    });
  }
}
