import type { Watch, WatchEvent, Watcher } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import type { Prng } from './prng.ts';
import type { SimDisk } from './sim-disk.ts';

/** How good the simulated system is at watching; may be changed at any time. */
export interface WatchQuality {
  /** Reports come this late, ms. */
  delayMs: [number, number];
  /** Part of the changes that are never reported. */
  lossProbability: number;
  /** Part of the reports that come twice. */
  repeatProbability: number;
  /** False: the system's limit on watches keeps part of the tree unseen. */
  complete: boolean;
}

export function goodWatching(): WatchQuality {
  return { delayMs: [5, 120], lossProbability: 0, repeatProbability: 0.02, complete: true };
}

/** {@link Watcher} of one run of one program: merges what the disk tells and reports it late. */
export class SimWatcher implements Watcher {
  readonly #disk: SimDisk;
  readonly #lane: Lane;
  readonly #prng: Prng;
  readonly #quality: WatchQuality;
  readonly #watches = new Set<SimWatch>();

  constructor(disk: SimDisk, lane: Lane, prng: Prng, quality: WatchQuality = goodWatching()) {
    this.#disk = disk;
    this.#lane = lane;
    this.#prng = prng;
    this.#quality = quality;
  }

  async watch(root: string, onEvent: (event: WatchEvent) => void): Promise<Watch> {
    await this.#lane.wait(this.#prng.between(1, 20), `${this.#lane.name}:watch`);
    const watch = new SimWatch(this.#disk, this.#lane, this.#prng, this.#quality, root, onEvent, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  /** The system's queue overflows: what was not reported yet is lost, and every watch says so. */
  overflow(): void {
    for (const watch of this.#watches) watch.overflow();
  }
}

class SimWatch implements Watch {
  readonly #lane: Lane;
  readonly #prng: Prng;
  readonly #quality: WatchQuality;
  readonly #root: string;
  readonly #onEvent: (event: WatchEvent) => void;
  readonly #onStop: () => void;
  readonly #unsubscribe: () => void;
  /** Changed paths below the root that wait to be reported. */
  #pending = new Set<string>();
  #reportArmed = false;
  #stopped = false;

  constructor(
    disk: SimDisk,
    lane: Lane,
    prng: Prng,
    quality: WatchQuality,
    root: string,
    onEvent: (event: WatchEvent) => void,
    onStop: () => void,
  ) {
    this.#lane = lane;
    this.#prng = prng;
    this.#quality = quality;
    this.#root = root;
    this.#onEvent = onEvent;
    this.#onStop = onStop;
    this.#unsubscribe = disk.changed.on((path) => this.#note(path));
    lane.onDeath(this.#unsubscribe);
  }

  get complete(): boolean {
    return this.#quality.complete;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#onStop();
  }

  overflow(): void {
    this.#pending = new Set();
    this.#lane.schedule(1, `${this.#lane.name}:watch overflow`, () =>
      this.#tell({ kind: 'lost', reason: 'overflow', text: 'the queue overflowed' }),
    );
  }

  #note(absolute: string): void {
    if (!absolute.startsWith(`${this.#root}/`)) return;
    const path = absolute.slice(this.#root.length + 1);
    if (path === '.dormouse' || path.startsWith('.dormouse/')) return;
    if (this.#quality.lossProbability > 0 && this.#prng.chance(this.#quality.lossProbability)) return;
    this.#pending.add(path);
    this.#armReport();
  }

  #armReport(): void {
    if (this.#reportArmed) return;
    this.#reportArmed = true;
    this.#lane.schedule(this.#prng.between(...this.#quality.delayMs), `${this.#lane.name}:watch report`, () => {
      this.#reportArmed = false;
      const paths = [...this.#pending];
      this.#pending = new Set();
      if (paths.length === 0) return;
      this.#tell({ kind: 'changed', paths });
      if (this.#prng.chance(this.#quality.repeatProbability)) this.#tell({ kind: 'changed', paths });
    });
  }

  #tell(event: WatchEvent): void {
    if (!this.#stopped) this.#onEvent(event);
  }
}
