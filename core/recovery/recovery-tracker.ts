import type { MonoMs, WallMs } from '../base/index.ts';
import { Emitter, MINUTE_MS } from '../base/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { PhaseFacts, RecoveryEntry, RecoveryFacts, RecoveryPhase, RecoveryProgress } from './recovery-types.ts';
import { recoveryPhases } from './recovery-types.ts';

/** Finished and interrupted recoveries that are kept for display. */
const entriesKeptMax = 200;
/** A link that comes up later than this after a wake was not waiting for it: the other device was away. */
const wakeCountsMs = 10 * MINUTE_MS;

/** Since when a device is being waited for, and why. */
interface Start {
  readonly cause: RecoveryEntry['cause'];
  readonly at: MonoMs;
  readonly wallAt: WallMs;
  referencesClearedMs: number | undefined;
}

interface Session {
  readonly start: Start;
  readonly linkLiveMs: number;
  readonly folders: Map<FolderId, FolderRecovery>;
}

/**
 * Follows every session and each folder in it from link-up until both sides are even (REC-1). It only watches: what the phases do is
 * the exchange's business, each peer's on its own, so that one that hangs delays nobody else's (REC-3). Phases only go forward within an
 * epoch; a new epoch starts again at the first and passes quickly through what is even already (REC-2).
 */
export class RecoveryTracker {
  readonly #clock: Clock;
  readonly #starts = new Map<DeviceId, Start>();
  readonly #sessions = new Map<DeviceId, Session>();
  readonly #entries: RecoveryEntry[] = [];
  readonly #changed = new Emitter<{ readonly device: DeviceId; readonly folder: FolderId }>();
  #wake: Start | undefined;
  /** Devices whose first link since the wake has come up: a wake counts once per device. */
  readonly #sinceWake = new Set<DeviceId>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A phase or its progress changed. */
  onChange(listener: (change: { readonly device: DeviceId; readonly folder: FolderId }) => void): () => void {
    return this.#changed.on(listener);
  }

  /** This host woke: recoveries of links that come up from now on are counted from here. */
  woke(): void {
    this.#starts.clear();
    this.#sinceWake.clear();
    this.#wake = this.#startNow('wake');
  }

  /** Everything that pointed at the device's ended epoch has been cleared. */
  referencesCleared(device: DeviceId): void {
    const start = this.#startOf(device);
    start.referencesClearedMs ??= this.#since(start);
  }

  /** Handshake done. Ends what was known of an epoch before. */
  linkLive(device: DeviceId): void {
    this.linkEnded(device);
    const start = this.#starts.get(device) ?? this.#wakeOf(device) ?? this.#startNow('first-link');
    this.#starts.delete(device);
    this.#sinceWake.add(device);
    this.#sessions.set(device, { start, linkLiveMs: this.#since(start), folders: new Map() });
  }

  /** The epoch is over; its unfinished recoveries are recorded as interrupted. Harmless for a device without one. */
  linkEnded(device: DeviceId): void {
    const session = this.#sessions.get(device);
    if (!session) return;
    this.#sessions.delete(device);
    this.#startOf(device);
    for (const recovery of session.folders.values()) if (recovery.phase !== 'even') this.#keep(recovery.entry(true));
  }

  /** Follows one folder in the current session of `device`; a session that is not known yet is taken as live from now. */
  begin(device: DeviceId, folder: FolderId): FolderRecovery {
    if (!this.#sessions.has(device)) this.linkLive(device);
    const session = this.#sessions.get(device) as Session;
    const recovery: FolderRecovery = new FolderRecovery(device, folder, session.start, session.linkLiveMs, {
      sinceMs: () => this.#since(session.start),
      changed: () => this.#changed.emit({ device, folder }),
      even: (entry) => this.#keep(entry),
      abandoned: () => {
        if (session.folders.get(folder) === recovery) session.folders.delete(folder);
      },
    });
    session.folders.set(folder, recovery);
    return recovery;
  }

  /** A device's recovery: that of its folder which is furthest behind. Undefined: no session, or even everywhere. */
  ofDevice(device: DeviceId): RecoveryProgress | undefined {
    return furthestBehind([...(this.#sessions.get(device)?.folders.values() ?? [])]);
  }

  /** A folder's recovery: that with the device which is furthest behind. Undefined: even with everyone who is live. */
  ofFolder(folder: FolderId): RecoveryProgress | undefined {
    const recoveries: FolderRecovery[] = [];
    for (const session of this.#sessions.values()) {
      const recovery = session.folders.get(folder);
      if (recovery) recoveries.push(recovery);
    }
    return furthestBehind(recoveries);
  }

  /** Oldest first: recoveries that are over, then those under way. */
  entries(): readonly RecoveryEntry[] {
    const running = [...this.#sessions.values()].flatMap((session) =>
      [...session.folders.values()].filter(({ phase }) => phase !== 'even').map((recovery) => recovery.entry(false)),
    );
    return [...this.#entries, ...running];
  }

  /** The beginning of what comes next for a device that has no link now. */
  #startOf(device: DeviceId): Start {
    let start = this.#starts.get(device);
    if (!start) this.#starts.set(device, (start = this.#wakeOf(device) ?? this.#startNow('link-lost')));
    return start;
  }

  #wakeOf(device: DeviceId): Start | undefined {
    if (!this.#wake || this.#sinceWake.has(device) || this.#since(this.#wake) > wakeCountsMs) return undefined;
    return { ...this.#wake };
  }

  #startNow(cause: Start['cause']): Start {
    return { cause, at: this.#clock.monoNow(), wallAt: this.#clock.wallNow(), referencesClearedMs: undefined };
  }

  #since(start: Start): number {
    return Math.round(this.#clock.monoNow() - start.at);
  }

  #keep(entry: RecoveryEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > entriesKeptMax) this.#entries.shift();
  }
}

interface Follower {
  readonly sinceMs: () => number;
  readonly changed: () => void;
  readonly even: (entry: RecoveryEntry) => void;
  readonly abandoned: () => void;
}

/** One folder's recovery with one device, in one epoch. */
export class FolderRecovery {
  readonly device: DeviceId;
  readonly folder: FolderId;
  readonly #start: Start;
  readonly #linkLiveMs: number;
  readonly #follower: Follower;
  readonly #reachedMs = new Map<RecoveryPhase, number>();
  #progress: RecoveryProgress = { phase: 'references', done: 0, total: 0 };

  constructor(device: DeviceId, folder: FolderId, start: Start, linkLiveMs: number, follower: Follower) {
    this.device = device;
    this.folder = folder;
    this.#start = start;
    this.#linkLiveMs = linkLiveMs;
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
    for (const phase of recoveryPhases.slice(0, recoveryPhases.indexOf(current)))
      if (!this.#reachedMs.has(phase)) this.#reachedMs.set(phase, this.#follower.sinceMs());
    if (current === 'even') this.#follower.even(this.entry(false));
    const { phase, done, total } = this.#progress;
    if (phase !== before.phase || done !== before.done || total !== before.total) this.#follower.changed();
  }

  /** The device takes no part in the folder (not accepted there, or paused): there is nothing to recover, and no record of it. */
  abandon(): void {
    this.#follower.abandoned();
    this.#follower.changed();
  }

  entry(interrupted: boolean): RecoveryEntry {
    return {
      device: this.device,
      folder: this.folder,
      cause: this.#start.cause,
      startedAt: this.#start.wallAt,
      referencesClearedMs: this.#start.referencesClearedMs,
      linkLiveMs: this.#linkLiveMs,
      rosterEvenMs: this.#reachedMs.get('references'),
      metadataEvenMs: this.#reachedMs.get('metadata'),
      dataEvenMs: this.#reachedMs.get('data'),
      interrupted,
    };
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

function furthestBehind(recoveries: readonly FolderRecovery[]): RecoveryProgress | undefined {
  let worst: RecoveryProgress | undefined;
  for (const { progress } of recoveries) {
    if (progress.phase === 'even') continue;
    if (!worst || recoveryPhases.indexOf(progress.phase) < recoveryPhases.indexOf(worst.phase)) worst = progress;
    else if (progress.phase === worst.phase)
      worst = { phase: worst.phase, done: worst.done + progress.done, total: worst.total + progress.total };
  }
  return worst;
}
