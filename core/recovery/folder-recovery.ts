import type { DeviceId, FolderId } from '../model/index.ts';
import type { PhaseFacts, RecoveryFacts, RecoveryPhase, RecoveryProgress } from './recovery-types.ts';
import { recoveryPhases } from './recovery-types.ts';

export interface FolderFollower {
  readonly changed: (phaseChanged: boolean) => void;
  readonly abandoned: () => void;
}

/** One folder's recovery with one device, in one epoch. Phases only go forward. */
export class FolderRecovery {
  readonly device: DeviceId;
  readonly folder: FolderId;
  readonly #follower: FolderFollower;
  #progress: RecoveryProgress = { phase: 'references', done: 0, total: 0 };

  constructor(device: DeviceId, folder: FolderId, follower: FolderFollower) {
    this.device = device;
    this.folder = folder;
    this.#follower = follower;
  }

  get phase(): RecoveryPhase {
    return this.#progress.phase;
  }

  get progress(): RecoveryProgress {
    return this.#progress;
  }

  /** Takes note of what is even now. Once both sides were even, what comes later is ordinary work and changes nothing here. */
  report(facts: RecoveryFacts): void {
    if (this.phase === 'even') return;
    const before = this.#progress;
    const current = this.#furthestOpen(facts);
    this.#progress = current === 'even' ? { phase: 'even', done: 0, total: 0 } : { phase: current, ...progressOf(facts[current]) };
    const { phase, done, total } = this.#progress;
    if (phase !== before.phase || done !== before.done || total !== before.total) this.#follower.changed(phase !== before.phase);
  }

  /** The device takes no part in the folder (not accepted there, or paused): there is nothing to recover. */
  abandon(): void {
    this.#follower.abandoned();
  }

  /** The first phase that is not even, but never one before the current: phases are ordered and passed once. */
  #furthestOpen(facts: RecoveryFacts): RecoveryPhase {
    const passed = recoveryPhases.indexOf(this.phase);
    if (passed <= 0 && !facts.references.even) return 'references';
    if (passed <= 1 && !facts.metadata.even) return 'metadata';
    return facts.data.even && facts.metadata.even ? 'even' : 'data';
  }
}

function progressOf(facts: PhaseFacts): { readonly done: number; readonly total: number } {
  return { done: facts.done, total: facts.total };
}

/** The earliest phase that any of them is in, with the sums of those in it; undefined when all are even. */
export function furthestBehind(all: Iterable<RecoveryProgress>): RecoveryProgress | undefined {
  let worst: RecoveryProgress | undefined;
  for (const progress of all) {
    if (progress.phase === 'even') continue;
    if (!worst || recoveryPhases.indexOf(progress.phase) < recoveryPhases.indexOf(worst.phase)) worst = progress;
    else if (progress.phase === worst.phase)
      worst = { phase: worst.phase, done: worst.done + progress.done, total: worst.total + progress.total };
  }
  return worst;
}
