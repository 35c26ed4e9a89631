import { wallMs } from '../base/index.ts';
import type { WallMs } from '../base/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import type { RecoveryChange, RecoveryStep, LinkEnd } from '../recovery/index.ts';
import type { EpochEnd, PeerSession, SupervisorEvent, WakeAction } from '../session/index.ts';
import type { AgentCore } from './agent-core.ts';
import { Lanes } from './lanes.ts';
import { LinkLosses, lossWindowMinutes } from './link-losses.ts';

/** The story of this device's sleeps, links and recoveries: each thing is noted once as an event, and kept in the journal of recoveries. */
export class Story {
  readonly lanes: Lanes;
  readonly #core: () => AgentCore;
  readonly #losses = new LinkLosses();
  readonly #unsubscribe: (() => void)[] = [];
  #suspendedAt: WallMs | undefined;

  constructor(core: () => AgentCore) {
    this.#core = core;
    this.lanes = new Lanes(core);
  }

  /** The agent runs, and is about to meet the others. */
  start(): void {
    const { recovery, recoveryBook, devices } = this.#core();
    this.#unsubscribe.push(
      recovery.onStep((step) => this.#onStep(step)),
      recovery.onChange((change) => this.#onChange(change)),
    );
    const isFirstRun = recoveryBook.aliveMs === undefined;
    const at = recovery.started(devices.known().map(({ id }) => id));
    if (!isFirstRun) recoveryBook.keepStart({ at, cause: 'restart', asleepSince: undefined });
    this.lanes.start();
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.lanes.stop();
  }

  /** This host goes to sleep; its links still live. */
  suspended(action: WakeAction & { readonly kind: 'suspend' }): void {
    const { events, ports } = this.#core();
    this.#suspendedAt = ports.clock.wallNow();
    events.note('info', 'suspended', { fields: { cause: action.cause } });
    this.lanes.asleep(this.#suspendedAt);
  }

  /** This host woke, or the agent goes on after it was held up; what it had has not been looked at yet. */
  resumed(action: WakeAction & { readonly kind: 'resume' }): void {
    const { cause, sleptMs } = action;
    const { events, ports, recovery, recoveryBook, devices } = this.#core();
    const now = ports.clock.wallNow();
    const asleepSince = this.#suspendedAt ?? (sleptMs > 0 ? wallMs(now - sleptMs) : undefined);
    this.#suspendedAt = undefined;
    const heldUp = cause === 'stall' ? { heldUpMs: Math.round(action.heldUpMs) } : {};
    events.note('info', 'resumed', {
      fields: { cause, sleptMs: asleepSince === undefined ? 0 : Math.round(now - asleepSince), ...heldUp },
    });
    if (asleepSince !== undefined) this.lanes.asleep(asleepSince);
    const known = devices.known().map(({ id }) => id);
    const follows = cause === 'stall' ? 'stall' : 'wake';
    recoveryBook.keepStart({ at: recovery.woke(asleepSince, known, follows), cause: follows, asleepSince });
    this.#losses.disturbed(ports.clock.monoNow());
    this.lanes.look();
  }

  networkChanged(): void {
    const { events, ports } = this.#core();
    this.#losses.disturbed(ports.clock.monoNow());
    events.note('info', 'network-changed');
    this.lanes.look();
  }

  /** Every common folder of the session has begun. */
  sessionBegun(session: PeerSession): void {
    this.#core().recovery.settle(session.device);
    this.lanes.lookAt(session.device);
  }

  /** Everything that the supervisor tells, each noted once. */
  supervisorTold(event: SupervisorEvent): void {
    const { events, recovery } = this.#core();
    const { device } = event;
    switch (event.kind) {
      case 'session-up':
        return this.#linkLive(event);
      case 'session-gone':
        return this.#linkEnded(event);
      case 'proved':
        return recovery.linkProved(device);
      case 'suspect':
        // Whether a link outlived a resume is told by its proof or its end; until then nobody is to blame.
        if (event.cause === 'proof') return;
        return events.note('info', 'suspect', { device, fields: { epoch: event.epoch, suspect: event.suspect } });
      case 'link-failed': {
        const { outbound, text, failures } = event;
        return events.note('debug', 'link-failed', { device, fields: { outbound, text, failures } });
      }
      case 'malformed':
        return events.note('warn', 'malformed', { device, fields: { text: event.text, count: event.count } });
      case 'version-mismatch':
        return events.note('warn', 'version-mismatch', { device, fields: { older: event.older } });
      case 'twin':
        return events.incident(
          'device-twin',
          `Two agents answer as ${this.#nameOf(device)}: its disk was copied. Syncing with it stops; start one of the copies with a fresh home.`,
          { device },
        );
    }
  }

  #linkLive(event: SupervisorEvent & { readonly kind: 'session-up' }): void {
    const { events, recovery, ports } = this.#core();
    const { device, epoch, incarnation, address, path, outbound } = event;
    const { cause, liveAfterMs } = recovery.linkLive(device, incarnation);
    events.note('info', 'link-live', { device, fields: { cause, afterMs: liveAfterMs ?? 0, epoch, incarnation, address, path, outbound } });
    const broke = this.#losses.live(device, cause === 'peer-restart', ports.clock.monoNow());
    if (broke === undefined) return;
    events.incident(
      'link-unstable',
      `The connection to ${this.#nameOf(device)} broke ${broke} times within ${lossWindowMinutes} minutes.`,
      {
        device,
      },
    );
  }

  #linkEnded(event: SupervisorEvent & { readonly kind: 'session-gone' }): void {
    const { events, recovery, devices, ports, suspended } = this.#core();
    const { device, epoch, callsLost, lateDropped, references } = event;
    // Who was told that we sleep may close the link before we do.
    const reason = suspended() && event.reason !== 'stop' ? 'suspend' : event.reason;
    events.note('info', 'link-ended', {
      device,
      fields: { why: reason, epoch, livedMs: Math.round(event.livedMs), callsLost, lateDropped },
    });
    devices.seen(device, { asleep: reason === 'peer-asleep' });
    this.#losses.ended(device, reason, ports.clock.monoNow());
    recovery.linkEnded(device, recoveryEndOf(reason), references);
    this.lanes.lookAt(device);
  }

  #onStep(step: RecoveryStep): void {
    const { events, recoveryBook, devices } = this.#core();
    const { recovery } = step;
    const { device, cause } = recovery;
    const isTold = recovery.begun && (recovery.referencesCleared > 0 || recovery.liveAfterMs !== undefined);
    if (isTold && devices.get(device)) recoveryBook.keep(recovery);
    switch (step.kind) {
      case 'references-cleared':
        return events.note('info', 'references-cleared', { device, fields: { cause, count: step.count, afterMs: step.afterMs } });
      case 'metadata-even':
        return events.note('info', 'metadata-even', { device, fields: { cause, afterMs: step.afterMs } });
      case 'data-even':
        return events.note('info', 'data-even', { device, fields: { cause, afterMs: step.afterMs } });
      case 'interrupted':
        return events.note('info', 'recovery-interrupted', { device, fields: { cause, phase: step.phase ?? null } });
      case 'link-live':
        // A new link is told with its address; this one is there already.
        if (step.isProof) events.note('info', 'link-proved', { device, fields: { cause, afterMs: step.afterMs } });
    }
  }

  #onChange({ device, folder, phase }: RecoveryChange): void {
    if (phase === undefined) return;
    this.#notePhase(device, folder, phase);
    this.lanes.lookAt(device);
  }

  #notePhase(device: DeviceId, folder: FolderId, phase: NonNullable<RecoveryChange['phase']>): void {
    // The even folder is told by the exchange's own event.
    if (phase !== 'even') this.#core().events.note('info', 'recovery-phase', { device, folder, fields: { phase } });
  }

  #nameOf(device: DeviceId): string {
    return this.#core().devices.nameOf(device);
  }
}

function recoveryEndOf(end: EpochEnd): LinkEnd {
  switch (end) {
    case 'lost':
    case 'remote-closed':
    case 'silent':
    case 'unproved':
    case 'malformed':
    case 'replaced':
      return 'lost';
    case 'restarted':
      return 'peer-restarted';
    case 'peer-asleep':
    case 'suspend':
    case 'paused':
    case 'removed':
    case 'stop':
      return end;
  }
}
