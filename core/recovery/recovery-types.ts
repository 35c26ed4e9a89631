import type { WallMs } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';

/** The ordered phases of catching up with one device on one folder (REC-1). */
export type RecoveryPhase = 'references' | 'metadata' | 'data' | 'even';

export const recoveryPhases: readonly RecoveryPhase[] = ['references', 'metadata', 'data', 'even'];

/** How far a phase has come. Units differ by phase: statements, entries, bytes. */
export interface RecoveryProgress {
  readonly phase: RecoveryPhase;
  readonly done: number;
  readonly total: number;
}

/** What one folder knows about being even with one device; each phase counts only when the ones before it are even. */
export interface RecoveryFacts {
  readonly references: PhaseFacts;
  readonly metadata: PhaseFacts;
  readonly data: PhaseFacts;
}

export interface PhaseFacts {
  readonly even: boolean;
  readonly done: number;
  readonly total: number;
}

/**
 * What a device's recovery follows: `wake`, this host woke; `stall`, this agent was held up while the host was awake; `restart`, this agent started anew; `peer-wake`, the other device had said
 * that it sleeps and is back; `peer-restart`, its agent started anew; `link-lost`, the link broke for any other reason; `pause`, it was
 * paused here; `returned`, it was away since long before; `first-link`, there was no link to it before.
 */
export const recoveryCauses = [
  'wake',
  'stall',
  'restart',
  'peer-wake',
  'peer-restart',
  'link-lost',
  'pause',
  'returned',
  'first-link',
] as const;
export type RecoveryCause = (typeof recoveryCauses)[number];

/**
 * One recovery with one device as it went. Durations are ms of awake time from `at`: the wake, the start, or the end of the link
 * before; for `peer-wake`, `pause`, `returned` and `first-link` the new link itself. A duration that is undefined was not reached.
 */
export interface DeviceRecovery {
  readonly device: DeviceId;
  readonly cause: RecoveryCause;
  /** False as long as what it follows lasts: a sleep here or there, a pause. `at` is then when that began. */
  readonly begun: boolean;
  readonly at: WallMs;
  /** Since when this host (`wake`) or the other one (`peer-wake`) was asleep, where that is known. */
  readonly asleepSince: WallMs | undefined;
  /** How many things still pointed at the link before, and when all were cleared; 0 ms where that was done before the sleep. */
  readonly referencesCleared: number;
  readonly clearedAfterMs: number | undefined;
  /** Handshake done, or the link from before the sleep proved that it still works. */
  readonly liveAfterMs: number | undefined;
  /** Rosters and journals even in every common folder. */
  readonly metadataEvenAfterMs: number | undefined;
  /** Neither side wants anything that the other has. */
  readonly dataEvenAfterMs: number | undefined;
  /** `interrupted`: the link ended, or this host slept or stopped, before; the next recovery goes on from there (REC-2). */
  readonly ended: 'even' | 'interrupted' | undefined;
}

/** Something that a person or a journal should know of a recovery; `recovery` as it stands after the step. */
export type RecoveryStep = { readonly recovery: DeviceRecovery } & (
  | { readonly kind: 'references-cleared'; readonly count: number; readonly afterMs: number }
  /** `isProof`: the link from before a sleep still works. */
  | { readonly kind: 'link-live'; readonly afterMs: number; readonly isProof: boolean }
  | { readonly kind: 'metadata-even'; readonly afterMs: number }
  | { readonly kind: 'data-even'; readonly afterMs: number }
  | { readonly kind: 'interrupted'; readonly phase: RecoveryPhase | undefined }
);

/** Why a link ended, as far as recovery cares. */
export type LinkEnd = 'lost' | 'peer-asleep' | 'peer-restarted' | 'suspend' | 'paused' | 'removed' | 'stop';
