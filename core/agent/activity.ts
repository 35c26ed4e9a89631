import { isoFromWallMs } from '../base/index.ts';
import type { FinishedTransfer } from '../api/index.ts';
import type { ExchangeEvent } from '../exchange/index.ts';
import type { FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';

/** The last transfers that are over, for display; of this run only. */
export class Activity {
  readonly #clock: Clock;
  readonly #finished: FinishedTransfer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(folder: FolderId, event: ExchangeEvent & { readonly kind: 'published' | 'sent' }): void {
    const { path, bytes, tookMs } = event;
    const sources = event.kind === 'sent' ? [{ device: event.device, bytes }] : event.sources.map((source) => ({ ...source }));
    const kind = event.kind === 'sent' ? 'sent' : sources.length > 0 ? 'fetched' : 'local';
    this.#finished.push({ folder, path, bytes, at: isoFromWallMs(this.#clock.wallNow()), tookMs: Math.round(tookMs), sources, kind });
    if (this.#finished.length > limits.transfersFinishedMax) this.#finished.shift();
  }

  /** Newest first. */
  finished(): readonly FinishedTransfer[] {
    return this.#finished.toReversed();
  }
}
