import type { WallMs } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';
import type { Download } from '../folder/types.ts';
import type { Clock } from '../ports/index.ts';
import type { TransferStatus } from './exchange-types.ts';
import { RateMeter } from './rate-meter.ts';

/**
 * `waiting`: nobody live is known to have the version; single blocks may still be fetched from whoever has them for other reasons.
 * `resting`: could not be stored just now.
 */
export type DownloadState = 'waiting' | 'fetching' | 'finishing' | 'resting' | 'closed';

interface SourceCounts {
  blocks: number;
  overdue: number;
}

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
  readonly #meter: RateMeter;

  constructor(download: Download, clock: Clock) {
    this.download = download;
    this.#meter = new RateMeter(clock);
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Bytes still to come. */
  get openBytes(): number {
    return this.download.totalBytes - this.download.doneBytes();
  }

  delivered(device: DeviceId, bytes: number): void {
    this.#countsOf(device).blocks += 1;
    this.#meter.add(bytes);
  }

  overdueAt(device: DeviceId): void {
    this.#countsOf(device).overdue += 1;
  }

  status(): TransferStatus {
    const { path, totalBytes } = this.download;
    return {
      path,
      bytes: totalBytes,
      done: this.download.doneBytes(),
      rate: this.#meter.bytesPerSecond(),
      hedges: this.hedges,
      sources: [...this.#counts].map(([device, { blocks, overdue }]) => ({ device, blocks, overdue })),
    };
  }

  #countsOf(device: DeviceId): SourceCounts {
    let counts = this.#counts.get(device);
    if (!counts) this.#counts.set(device, (counts = { blocks: 0, overdue: 0 }));
    return counts;
  }
}
