import type { MonoMs } from '../../base/index.ts';
import { KIB, monoMs } from '../../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../../model/index.ts';
import type { FetchDecisions } from '../../transfer/index.ts';
import { FetchBudget, FetchScheduler } from '../../transfer/index.ts';

export const anna = 'Anna' as DeviceId;
export const bert = 'Bert' as DeviceId;
export const carl = 'Carl' as DeviceId;

export function block(index: number, size = 256 * KIB): BlockRef {
  return { name: index.toString(16).padStart(64, '0') as BlockName, size };
}

export function blocks(count: number, size?: number): BlockRef[] {
  return Array.from({ length: count }, (_, index) => block(index, size));
}

/** A scheduler with its clock; `step` moves the time and decides. */
export class Bench {
  readonly budget = new FetchBudget();
  readonly share = this.budget.share(() => undefined);
  readonly scheduler = new FetchScheduler(this.share);
  now: MonoMs = monoMs(1000);

  addPeers(...devices: readonly DeviceId[]): this {
    for (const device of devices) this.scheduler.addPeer(device, 'lan', this.now);
    return this;
  }

  want(refs: readonly BlockRef[], ...sources: readonly DeviceId[]): this {
    for (const ref of refs) this.scheduler.want(ref, sources, this.now);
    return this;
  }

  decide(afterMs = 0): FetchDecisions {
    this.now = monoMs(this.now + afterMs);
    return this.scheduler.decide(this.now);
  }

  arrive(device: DeviceId, ...refs: readonly BlockRef[]): void {
    for (const ref of refs) {
      this.scheduler.pieceArrived(device, ref.name, ref.size, this.now);
      this.scheduler.blockArrived(device, ref.name, 'verified', this.now);
    }
  }

  /** Lets `device` deliver enough blocks, each after `ms`, for its percentiles to be believed. Leaves nothing wanted. */
  train(device: DeviceId, size: number, ms: number, count = 40): void {
    for (let i = 0; i < count; i++) {
      const ref = block(900_000 + i, size);
      this.want([ref], device);
      const { requests } = this.decide();
      this.now = monoMs(this.now + ms);
      this.arrive(device, ref);
      for (const request of requests) this.scheduler.requestEnded(request.id, 'done', this.now);
    }
    this.decide();
  }
}

export function asked(decisions: FetchDecisions, device?: DeviceId): BlockName[] {
  return decisions.requests
    .filter((request) => device === undefined || request.device === device)
    .flatMap((request) => request.blocks.map(({ name }) => name));
}
