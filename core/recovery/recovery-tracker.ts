import type { WallMs } from '../base/index.ts';
import { Emitter, MINUTE_MS } from '../base/index.ts';
import type { DeviceId, FolderId, Incarnation } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import { FolderRecovery, furthestBehind } from './folder-recovery.ts';
import type { DeviceRecovery, LinkEnd, RecoveryCause, RecoveryPhase, RecoveryProgress, RecoveryStep } from './recovery-types.ts';
import type { Instant } from './running-recovery.ts';
import { RunningRecovery } from './running-recovery.ts';

/** A link that comes up later than this after a wake or a start was not waiting for it: the other device was away. */
const wakeCountsMs = 10 * MINUTE_MS;

interface Session {
  readonly folders: Map<FolderId, FolderRecovery>;
  /** Undefined while a link from before a sleep has not proved itself. */
  recovery: RunningRecovery | undefined;
}

export interface RecoveryChange {
  readonly device: DeviceId;
  readonly folder: FolderId;
  /** The folder entered this phase with the device (`even` also where there is nothing more to recover); undefined: only its progress changed. */
  readonly phase: RecoveryPhase | undefined;
}

/**
 * Follows every session and each folder in it from link-up until both sides are even (REC-1), and writes down how it went. It only
 * watches: what the phases do is the exchange's business, each peer's on its own, so that one that hangs delays nobody else's (REC-3).
 * Phases only go forward within an epoch; a new epoch starts again at the first and passes quickly through what is even already (REC-2).
 */
export class RecoveryTracker {
  readonly #clock: Clock;
  readonly #sessions = new Map<DeviceId, Session>();
  /** Recoveries whose link is not up yet. */
  readonly #openings = new Map<DeviceId, RunningRecovery>();
  /** Devices that this run has met, with the run of theirs that it met last. */
  readonly #met = new Map<DeviceId, Incarnation | undefined>();
  /** Devices whose link this host ended to go to sleep. */
  readonly #fellAsleep = new Set<DeviceId>();
  /** Devices that said that they sleep and have not been back, with since when. */
  readonly #asleep = new Map<DeviceId, WallMs>();
  readonly #changed = new Emitter<RecoveryChange>();
  readonly #stepped = new Emitter<RecoveryStep>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A phase or its progress changed. */
  onChange(listener: (change: RecoveryChange) => void): () => void {
    return this.#changed.on(listener);
  }

  /** A recovery with a device went a step further. */
  onStep(listener: (step: RecoveryStep) => void): () => void {
    return this.#stepped.on(listener);
  }

  /** This agent started and knows `devices` from an earlier run. Returns the instant from which their recoveries count. */
  started(devices: Iterable<DeviceId>): WallMs {
    const start = this.#now();
    for (const device of devices) {
      this.#met.set(device, undefined);
      this.#openings.set(device, new RunningRecovery(device, 'restart', start, undefined));
    }
    return start.wall;
  }

  /** This host woke, or (`stall`) this agent goes on: recoveries with `devices` and with everyone live are counted from the returned instant. Unfinished ones were interrupted by it. */
  woke(asleepSince: WallMs | undefined, devices: Iterable<DeviceId>, cause: 'wake' | 'stall' = 'wake'): WallMs {
    const start = this.#now();
    for (const device of new Set([...devices, ...this.#sessions.keys()])) {
      const session = this.#sessions.get(device);
      if (session?.recovery) this.#interrupt(session.recovery, session);
      if (session) session.recovery = undefined;
      this.#openings.set(device, this.#wakeAfter(device, start, asleepSince, cause));
    }
    this.#fellAsleep.clear();
    return start.wall;
  }

  #wakeAfter(device: DeviceId, start: Instant, asleepSince: WallMs | undefined, cause: 'wake' | 'stall'): RunningRecovery {
    const opening = this.#openings.get(device);
    // What was cleared on the way into the sleep belongs to the wake out of it.
    if (opening && this.#fellAsleep.has(device)) return opening.begunAt(start, asleepSince);
    if (opening?.isTold === true) this.#interrupt(opening, undefined);
    return new RunningRecovery(device, cause, start, asleepSince);
  }

  /** Handshake done with `incarnation` of the device. Ends what was known of an epoch before. Returns what is being recovered from. */
  linkLive(device: DeviceId, incarnation?: Incarnation): DeviceRecovery {
    if (this.#sessions.has(device)) this.linkEnded(device, 'lost', 0);
    const recovery = this.#takeOpening(device, incarnation);
    if (incarnation !== undefined || !this.#met.has(device)) this.#met.set(device, incarnation);
    this.#asleep.delete(device);
    this.#sessions.set(device, { folders: new Map(), recovery });
    this.#wentLive(recovery, false);
    return recovery.asRecord();
  }

  /** A link from before a sleep works after it. Harmless at any other time. */
  linkProved(device: DeviceId): void {
    const session = this.#sessions.get(device);
    if (!session || session.recovery) return;
    session.recovery = this.#takeOpening(device, this.#met.get(device));
    this.#wentLive(session.recovery, true);
    this.settle(device);
  }

  /** The agent has begun every common folder of the session: what is even already counts, and with no folder everything is. */
  settle(device: DeviceId): void {
    const session = this.#sessions.get(device);
    if (session) this.#evaluate(session);
  }

  /**
   * The epoch is over and the `references` to it have been cleared. Its unfinished recovery was interrupted; what comes next is counted
   * from here, or from the wake that found the link dead. Harmless for a device without a session.
   */
  linkEnded(device: DeviceId, end: LinkEnd, references: number): void {
    const session = this.#sessions.get(device);
    if (!session) return;
    this.#sessions.delete(device);
    if (session.recovery) this.#interrupt(session.recovery, session);
    if (end === 'removed' || end === 'stop') return void this.#openings.delete(device);
    const opening = this.#openings.get(device) ?? this.#openingAfter(device, end);
    this.#openings.set(device, opening);
    if (references === 0) return;
    const afterMs = opening.cleared(references, this.#clock.monoNow());
    this.#stepped.emit({ kind: 'references-cleared', count: references, afterMs, recovery: opening.asRecord() });
  }

  /** Follows one folder in the current session of `device`; a session that is not known yet is taken as live from now. */
  begin(device: DeviceId, folder: FolderId): FolderRecovery {
    if (!this.#sessions.has(device)) this.linkLive(device);
    const session = this.#sessions.get(device) as Session;
    const recovery: FolderRecovery = new FolderRecovery(device, folder, {
      changed: (phaseChanged) => {
        if (session.folders.get(folder) !== recovery) return;
        this.#changed.emit({ device, folder, phase: phaseChanged ? recovery.phase : undefined });
        if (phaseChanged) this.#evaluate(session);
      },
      abandoned: () => {
        if (session.folders.get(folder) !== recovery) return;
        session.folders.delete(folder);
        this.#changed.emit({ device, folder, phase: 'even' });
        this.#evaluate(session);
      },
    });
    session.folders.set(folder, recovery);
    return recovery;
  }

  /** A device's recovery: that of its folder which is furthest behind. Undefined: no session, or even everywhere. */
  ofDevice(device: DeviceId): RecoveryProgress | undefined {
    return furthestBehind([...(this.#sessions.get(device)?.folders.values() ?? [])].map(({ progress }) => progress));
  }

  /** A folder's recovery: that with the device which is furthest behind. Undefined: even with everyone who is live. */
  ofFolder(folder: FolderId): RecoveryProgress | undefined {
    return furthestBehind(this.withFolder(folder).map(({ progress }) => progress));
  }

  /** A folder's recoveries that are under way, by device. */
  withFolder(folder: FolderId): readonly FolderRecovery[] {
    return [...this.#sessions.values()].flatMap(({ folders }) => {
      const recovery = folders.get(folder);
      return recovery && recovery.phase !== 'even' ? [recovery] : [];
    });
  }

  #evaluate(session: Session): void {
    const { recovery, folders } = session;
    if (!recovery || recovery.isOver) return;
    const phases = [...folders.values()].map(({ phase }) => phase);
    if (phases.includes('references') || phases.includes('metadata')) return;
    const now = this.#clock.monoNow();
    const metadataAfterMs = recovery.metadataEven(now);
    if (metadataAfterMs !== undefined)
      this.#stepped.emit({ kind: 'metadata-even', afterMs: metadataAfterMs, recovery: recovery.asRecord() });
    if (phases.includes('data')) return;
    this.#stepped.emit({ kind: 'data-even', afterMs: recovery.dataEven(now), recovery: recovery.asRecord() });
  }

  #wentLive(recovery: RunningRecovery, isProof: boolean): void {
    const afterMs = recovery.live(this.#clock.monoNow());
    this.#stepped.emit({ kind: 'link-live', afterMs, isProof, recovery: recovery.asRecord() });
  }

  #interrupt(recovery: RunningRecovery, session: Session | undefined): void {
    if (recovery.isOver) return;
    recovery.interrupt();
    const phase = furthestBehind([...(session?.folders.values() ?? [])].map(({ progress }) => progress))?.phase;
    this.#stepped.emit({ kind: 'interrupted', phase, recovery: recovery.asRecord() });
  }

  /** What the link that is up now ends; the opening is used up. */
  #takeOpening(device: DeviceId, incarnation: Incarnation | undefined): RunningRecovery {
    const now = this.#now();
    const opening = this.#openings.get(device);
    this.#openings.delete(device);
    if (!opening) return new RunningRecovery(device, this.#met.has(device) ? 'returned' : 'first-link', now, undefined);
    switch (opening.cause) {
      case 'peer-wake':
      case 'pause':
        return opening.begunAt(now);
      case 'wake':
      case 'stall':
      case 'restart':
        if (opening.ageMs(now.mono) <= wakeCountsMs) return opening;
        if (opening.isTold) this.#interrupt(opening, undefined);
        return new RunningRecovery(device, this.#asleep.has(device) ? 'peer-wake' : 'returned', now, this.#asleep.get(device));
      case 'link-lost': {
        const before = this.#met.get(device);
        const isNewRun = before !== undefined && incarnation !== undefined && before !== incarnation;
        return isNewRun ? opening.withCause('peer-restart') : opening;
      }
      case 'peer-restart':
      case 'returned':
      case 'first-link':
        return opening;
    }
  }

  #openingAfter(device: DeviceId, end: Exclude<LinkEnd, 'removed' | 'stop'>): RunningRecovery {
    const now = this.#now();
    if (end === 'suspend') this.#fellAsleep.add(device);
    if (end === 'peer-asleep') this.#asleep.set(device, now.wall);
    const isBegun = end === 'lost' || end === 'peer-restarted';
    return new RunningRecovery(device, causeAfter[end], now, this.#asleep.get(device), isBegun);
  }

  #now(): Instant {
    return { mono: this.#clock.monoNow(), wall: this.#clock.wallNow() };
  }
}

const causeAfter: Readonly<Record<Exclude<LinkEnd, 'removed' | 'stop'>, RecoveryCause>> = {
  lost: 'link-lost',
  'peer-asleep': 'peer-wake',
  'peer-restarted': 'peer-restart',
  suspend: 'wake',
  paused: 'pause',
};
