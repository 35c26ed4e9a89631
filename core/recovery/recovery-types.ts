import type { WallMs } from '../base/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';

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
 * One recovery as it went, for display. All durations are ms of awake time from `startedAt`: the wake, or the end of the link before,
 * or, for a first link, the link itself. A duration that is missing was not reached.
 */
export interface RecoveryEntry {
  readonly device: DeviceId;
  readonly folder: FolderId;
  readonly cause: 'wake' | 'link-lost' | 'first-link';
  readonly startedAt: WallMs;
  /** References of the epoch before were all cleared. */
  readonly referencesClearedMs: number | undefined;
  /** Handshake done. */
  readonly linkLiveMs: number;
  /** Rosters even. */
  readonly rosterEvenMs: number | undefined;
  readonly metadataEvenMs: number | undefined;
  readonly dataEvenMs: number | undefined;
  /** The link ended before both sides were even; the next session goes on from there. */
  readonly interrupted: boolean;
}
