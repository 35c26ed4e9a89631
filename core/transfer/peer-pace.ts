import type { MonoMs } from '../base/index.ts';
import { KIB } from '../base/index.ts';
import { limits } from '../model/index.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';
import type { FetchPath } from './fetch-types.ts';
import { ServiceTimes } from './service-times.ts';

/** Full slots that make up `trickleMs`; one more is filling. */
const trickleSlots = 4;
const trickleSlotMs = tuning.trickleMs / trickleSlots;
const rateSampleMs = 100;
/** So many bytes make a rate sample in a shorter time, if it shows a higher rate. */
const shortSampleBytes = 256 * KIB;
const shortSampleMs = 5;

/** How fast one peer delivers over one link: smoothed rate and latency, service times per size, and whether it merely trickles (FET-3, FET-5). */
export class PeerPace {
  readonly path: FetchPath;
  readonly #times = new ServiceTimes();
  #bytesPerMs: number;
  #latencyMs: number;
  #rateSamples = 0;
  #latencyMeasured = false;
  /** Bytes and busy time (round trips left out) since the last rate sample, over several busy periods. */
  #sampleBytes = 0;
  #sampleMs = 0;
  #busySince: number | undefined;
  #deliveringSince = 0;
  #firstBytePending = false;
  readonly #slotBytes = new Float64Array(trickleSlots + 1);
  /** What was expected when each slot began: a trickle must not lower what it is measured against. */
  readonly #slotExpected = new Float64Array(trickleSlots + 1);
  #slotStart = 0;
  #slotsFull = 0;
  #trickleCheckAt = 0;

  constructor(path: FetchPath) {
    this.path = path;
    this.#bytesPerMs = tuning.assumed[path].bytesPerMs;
    this.#latencyMs = tuning.assumed[path].latencyMs;
  }

  get bytesPerMs(): number {
    return this.#bytesPerMs;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** FET-8: what may be on its way from this peer at once; the caller grants one block in any case. */
  get windowBytes(): number {
    return Math.min(limits.blocksInFlightPerPeerBytesMax, this.#bytesPerMs * (this.#latencyMs + tuning.windowSlackMs));
  }

  latencyMeasured(ms: number): void {
    this.#latencyMs = this.#latencyMeasured ? this.#latencyMs + (ms - this.#latencyMs) / 8 : ms;
    this.#latencyMeasured = true;
  }

  /** Ms until `bytes` are here, those that were asked before included. */
  expectedMs(bytes: number): number {
    return this.#latencyMs + bytes / this.#bytesPerMs;
  }

  /** FET-4: how long after its turn came a block of `size` is overdue. */
  overdueAfterMs(size: number): number {
    const isLan = this.path === 'lan';
    const percentileMs = this.#times.percentile95(size);
    let ms: number;
    if (percentileMs !== undefined) ms = tuning.overduePercentileFactor * percentileMs;
    else if (isLan) ms = tuning.overdueLanUnknownMs;
    else ms = Math.max(tuning.overdueWanUnknownMs, tuning.overduePercentileFactor * this.expectedMs(size));
    return Math.max(tuning.overdueMsMin, isLan ? Math.min(ms, tuning.overdueLanMsMax) : ms);
  }

  /** Something was asked of a peer that owed nothing. */
  becameBusy(now: MonoMs): void {
    this.#busySince = now;
    this.#deliveringSince = now + this.#latencyMs;
    this.#firstBytePending = true;
    this.restartTrickleWatch(now);
  }

  /** The peer owes nothing more. */
  becameIdle(now: MonoMs): void {
    this.#sampleMs += Math.max(0, now - this.#deliveringSince);
    this.#busySince = undefined;
  }

  bytesArrived(bytes: number, now: MonoMs): void {
    this.#rollTrickleSlots(now);
    this.#slotBytes[trickleSlots] = (this.#slotBytes[trickleSlots] ?? 0) + bytes;
    if (this.#busySince === undefined) return;
    if (this.#firstBytePending) this.#firstByteArrived(bytes, now - this.#busySince);
    this.#deliveringSince = Math.min(this.#deliveringSince, now);
    this.#sampleBytes += bytes;
    const elapsedMs = this.#sampleMs + now - this.#deliveringSince;
    const isShort = elapsedMs >= shortSampleMs && this.#sampleBytes >= shortSampleBytes && this.#sampleBytes > elapsedMs * this.#bytesPerMs;
    if (elapsedMs >= rateSampleMs || isShort) this.#takeSample(elapsedMs, now);
  }

  /** The wait for the first byte of an idle peer bounds the round trip from above; a shorter one is believed sooner. */
  #firstByteArrived(bytes: number, waitedMs: number): void {
    this.#firstBytePending = false;
    const ms = Math.max(1, waitedMs - bytes / this.#bytesPerMs);
    this.#latencyMs += (ms - this.#latencyMs) / (ms < this.#latencyMs ? 2 : 8);
  }

  /** A whole block of `size` came `ms` after its turn. */
  served(size: number, ms: number): void {
    this.#times.add(size, ms);
  }

  restartTrickleWatch(now: MonoMs): void {
    this.#slotBytes.fill(0);
    this.#slotExpected.fill(this.#expectedBytesPerMs());
    this.#slotStart = now;
    this.#slotsFull = 0;
    this.#trickleCheckAt = now + tuning.trickleMs;
  }

  /** FET-5: below 1/8 of the expected rate for 2 s. Meaningful while the peer owes something. */
  isTrickling(now: MonoMs): boolean {
    this.#rollTrickleSlots(now);
    this.#trickleCheckAt = now + trickleSlotMs;
    if (this.#slotsFull < trickleSlots) return false;
    let bytes = 0;
    for (const slot of this.#slotBytes) bytes += slot;
    return bytes < (this.#slotExpected[0] ?? 0) * tuning.trickleFraction * tuning.trickleMs;
  }

  #expectedBytesPerMs(): number {
    return this.#rateSamples >= 4 ? this.#bytesPerMs : Math.min(this.#bytesPerMs, tuning.trickleUnknownBytesPerMs);
  }

  /** When to look at {@link isTrickling} next. */
  get trickleCheckAt(): number {
    return this.#trickleCheckAt;
  }

  /** Slots are shifted whole; the last one is filling, and `#slotsFull` counts the full ones since the watch began. */
  #rollTrickleSlots(now: MonoMs): void {
    const steps = Math.floor((now - this.#slotStart) / trickleSlotMs);
    if (steps <= 0) return;
    for (let step = 0; step < Math.min(steps, trickleSlots + 1); step++) {
      this.#slotBytes.copyWithin(0, 1);
      this.#slotBytes[trickleSlots] = 0;
      this.#slotExpected.copyWithin(0, 1);
      this.#slotExpected[trickleSlots] = this.#expectedBytesPerMs();
    }
    this.#slotStart += steps * trickleSlotMs;
    this.#slotsFull = Math.min(trickleSlots, this.#slotsFull + steps);
  }

  #takeSample(elapsedMs: number, now: MonoMs): void {
    const sample = this.#sampleBytes / elapsedMs;
    const weight = sample > this.#bytesPerMs ? 0.5 : 1 - Math.exp(-elapsedMs / 1000);
    this.#bytesPerMs = Math.max(0.1, this.#rateSamples === 0 ? sample : this.#bytesPerMs + weight * (sample - this.#bytesPerMs));
    this.#rateSamples += 1;
    this.#sampleBytes = 0;
    this.#sampleMs = 0;
    this.#deliveringSince = now;
  }
}
