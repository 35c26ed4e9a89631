import { SmoothedRate, type WallMs } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';
import type { Download } from '../folder/types.ts';
import type { Clock } from '../ports/index.ts';
import type { BlockCell, BlockMap } from './block-map.ts';
import { blockMap } from './block-map.ts';
import type { TransferStatus } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/**
 * `waiting`: nobody live is known to have the version; single blocks may still be fetched from whoever has them for other reasons.
 * `resting`: could not be stored just now.
 */
export type DownloadState = 'waiting' | 'fetching' | 'finishing' | 'resting' | 'closed';

interface SourceCounts {
  blocks: number;
  bytes: number;
  overdue: number;
}

/** Who owes a block now, in the order of asking. */
export type AsksOf = (name: BlockName) => readonly { readonly device: DeviceId; readonly overdue: boolean }[];

/** A file that the engine has handed out and that is not published or released yet. */
export class OpenDownload {
  readonly download: Download;
  state: DownloadState = 'waiting';
  /** Live peers that have applied the version. */
  sources: ReadonlySet<DeviceId> = new Set();
  /** What is missing, as known when this round began, and how much of it the scheduler has been told. */
  round: readonly BlockRef[] = [];
  next = 0;
  /** Blocks that the scheduler has been told of and that are not stored yet. */
  readonly outstanding = new Set<BlockName>();
  /** A block was stored in this round. */
  progressed = false;
  /** Bytes that count against the bound on open files. */
  countedBytes = 0;
  waitingSince: WallMs | undefined;
  /** Devices that were asked by `whohas` for what has no source. */
  readonly asked = new Set<DeviceId>();
  hedges = 0;
  readonly #counts = new Map<DeviceId, SourceCounts>();
  /** Who sent which block, for the first `tuning.sourcesKnownMax` of them. */
  readonly #sourceOf = new Map<BlockName, DeviceId>();
  readonly #rate = new SmoothedRate(tuning.rateWindowMs);
  readonly #clock: Clock;
  readonly #openedAt: number;

  constructor(download: Download, clock: Clock) {
    this.download = download;
    this.#clock = clock;
    this.#openedAt = clock.monoNow();
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Bytes still to come. */
  get openBytes(): number {
    return this.download.totalBytes - this.download.doneBytes();
  }

  delivered(device: DeviceId, { name, size }: BlockRef): void {
    const counts = this.#countsOf(device);
    counts.blocks += 1;
    counts.bytes += size;
    this.#rate.add(size, this.#clock.monoNow());
    if (this.#sourceOf.size < tuning.sourcesKnownMax) this.#sourceOf.set(name, device);
  }

  /** How it went, once it is published. */
  summary(): { readonly tookMs: number; readonly sources: readonly { readonly device: DeviceId; readonly bytes: number }[] } {
    const sources = [...this.#counts].flatMap(([device, { bytes }]) => (bytes === 0 ? [] : [{ device, bytes }]));
    return { tookMs: this.#clock.monoNow() - this.#openedAt, sources };
  }

  overdueAt(device: DeviceId): void {
    this.#countsOf(device).overdue += 1;
  }

  status(asksOf: AsksOf): TransferStatus {
    const { path, totalBytes } = this.download;
    return {
      path,
      bytes: totalBytes,
      done: this.download.doneBytes(),
      rate: this.#rate.perSecond(this.#clock.monoNow()),
      hedges: this.hedges,
      sources: [...this.#counts].map(([device, { blocks, overdue }]) => ({ device, blocks, overdue })),
      blocks: () => this.#blockMap(asksOf),
    };
  }

  #blockMap(asksOf: AsksOf): BlockMap {
    const cells = Array.from(this.download.eachBlock(), ({ name, isHere }): BlockCell => {
      if (!isHere) return cellOfAsks(asksOf(name));
      const unknown = this.#sourceOf.size >= tuning.sourcesKnownMax ? null : 'local';
      return { device: this.#sourceOf.get(name) ?? unknown, state: 'arrived' };
    });
    return blockMap(cells);
  }

  #countsOf(device: DeviceId): SourceCounts {
    let counts = this.#counts.get(device);
    if (!counts) this.#counts.set(device, (counts = { blocks: 0, bytes: 0, overdue: 0 }));
    return counts;
  }
}

/** Shown with the device that was asked last: the one that the block is most likely to come from. */
function cellOfAsks(asks: ReturnType<AsksOf>): BlockCell {
  const last = asks.at(-1);
  if (!last) return { device: null, state: 'missing' };
  if (asks.length > 1) return { device: last.device, state: 'hedged' };
  return { device: last.device, state: last.overdue ? 'overdue' : 'asked' };
}
