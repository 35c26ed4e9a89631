import type { DeviceId, JournalId } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/**
 * Who is just sending us which journal. Several peers may hold the same batches and start to send them at the same moment; one at a time is
 * enough. A sender without progress for a second loses its place, so that one that hangs delays nobody else (REC-3).
 */
export class BatchLeases {
  readonly #clock: Clock;
  readonly #leases = new Map<JournalId, { readonly device: DeviceId; progressAt: number; calls: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False while someone else is sending `journal`. */
  tryTake(journal: JournalId, device: DeviceId): boolean {
    const now = this.#clock.monoNow();
    const lease = this.#leases.get(journal);
    if (lease && lease.device !== device && now - lease.progressAt < tuning.leaseMs) return false;
    if (lease?.device === device) lease.calls += 1;
    else this.#leases.set(journal, { device, progressAt: now, calls: 1 });
    return true;
  }

  progressed(journal: JournalId, device: DeviceId): void {
    const lease = this.#leases.get(journal);
    if (lease?.device === device) lease.progressAt = this.#clock.monoNow();
  }

  giveBack(journal: JournalId, device: DeviceId): void {
    const lease = this.#leases.get(journal);
    if (lease?.device !== device) return;
    lease.calls -= 1;
    if (lease.calls === 0) this.#leases.delete(journal);
  }
}
