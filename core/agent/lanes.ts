import { HOUR_MS, MINUTE_MS, isoFromWallMs } from '../base/index.ts';
import type { Lane, Lanes as LanesReply, Wake } from '../api/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { Timer } from '../ports/index.ts';
import type { DeviceRecovery, LaneState, OwnRecovery } from '../recovery/index.ts';
import { laneSegments } from '../recovery/index.ts';
import { hasUsableNetwork } from '../session/index.ts';
import type { AgentCore } from './agent-core.ts';
import { companions } from './peer-verbs.ts';
import type { LaneId } from './recovery-book.ts';

const aliveEveryMs = MINUTE_MS;

/** Notes in the journal of recoveries who is in which state: whenever something may have changed, all that there is to see is looked at. */
export class Lanes {
  readonly #core: () => AgentCore;
  #alive: Timer | undefined;

  constructor(core: () => AgentCore) {
    this.#core = core;
  }

  /** The agent runs from now on. What the last run did not live to note is known from when it was last seen alive. */
  start(): void {
    const { recoveryBook: book } = this.#core();
    const { aliveMs } = book;
    if (aliveMs !== undefined) {
      const last = book.marks('self').at(-1);
      // A machine that was put to sleep and never came back slept until now, as far as anyone knows.
      const wentAsleep = last?.state === 'asleep' && last.atMs >= aliveMs - aliveEveryMs;
      if (!wentAsleep && last?.state !== 'off') this.#markAll('off', Math.max(aliveMs, last?.atMs ?? 0));
    }
    this.look();
    this.#noteAlive();
  }

  stop(): void {
    this.#alive?.cancel();
    const { recoveryBook: book, ports } = this.#core();
    book.noteAlive();
    this.#markAll('off', ports.clock.wallNow());
  }

  /** This host sleeps, or slept, from `sinceMs` on. */
  asleep(sinceMs: number): void {
    this.#markAll('asleep', sinceMs);
  }

  /** Looks at everybody. */
  look(): void {
    const core = this.#core();
    if (core.suspended()) return;
    for (const { id } of core.devices.known()) core.recoveryBook.mark(id, this.#stateOf(id));
    core.recoveryBook.mark('self', this.#ownState());
  }

  /** Looks at one device, and at what it means for this one. */
  lookAt(device: DeviceId): void {
    const core = this.#core();
    if (core.suspended() || !core.devices.get(device)) return;
    core.recoveryBook.mark(device, this.#stateOf(device));
    core.recoveryBook.mark('self', this.#ownState());
  }

  reply(hours: number): LanesReply {
    const { ports, signer, settings, recoveryBook: book, devices } = this.#core();
    const now = ports.clock.wallNow();
    const fromMs = now - hours * HOUR_MS;
    const lane = (id: LaneId, device: string, name: string, recoveries: readonly OwnRecovery[]): Lane => ({
      device,
      name,
      segments: laneSegments(book.marks(id), fromMs, now).map((segment) => ({
        state: segment.state,
        from: isoFromWallMs(segment.fromMs),
        to: segment.toMs === undefined ? null : isoFromWallMs(segment.toMs),
      })),
      wakes: recoveries.filter(({ at }) => at >= fromMs).map(wakeOf),
    });
    return {
      now: isoFromWallMs(now),
      self: lane('self', signer.device, settings.values.name, book.own()),
      devices: companions(this.#core()).map(({ id }) => lane(id, id, devices.nameOf(id), book.of(id))),
    };
  }

  #stateOf(device: DeviceId): LaneState {
    const { supervisor, recovery } = this.#core();
    const link = supervisor.linkState(device);
    if (link?.kind === 'live') return recovery.ofDevice(device) === undefined ? 'awake' : 'recovering';
    return link?.kind === 'asleep' ? 'asleep' : 'offline';
  }

  #ownState(): LaneState {
    const { supervisor, recovery, devices, ports } = this.#core();
    const sessions = supervisor.sessions();
    if (sessions.some(({ device }) => recovery.ofDevice(device) !== undefined)) return 'recovering';
    if (sessions.length > 0) return 'awake';
    const addresses = devices.known().flatMap((record) => devices.addressesOf(record));
    return hasUsableNetwork(ports.network.interfaces(), addresses) ? 'awake' : 'offline';
  }

  /** While this device does not look, nobody knows of the others. */
  #markAll(own: 'asleep' | 'off', atMs: number): void {
    const { recoveryBook: book, devices } = this.#core();
    book.mark('self', own, atMs);
    for (const { id } of devices.known()) book.mark(id, 'unknown', atMs);
  }

  #noteAlive(): void {
    const { recoveryBook, ports } = this.#core();
    recoveryBook.noteAlive();
    this.#alive = ports.clock.setTimer(aliveEveryMs, () => this.#noteAlive());
  }
}

/** A recovery as the local API tells it. */
export function wakeOf(recovery: OwnRecovery | DeviceRecovery): Wake {
  return {
    at: isoFromWallMs(recovery.at),
    cause: recovery.cause,
    asleepSince: recovery.asleepSince === undefined ? null : isoFromWallMs(recovery.asleepSince),
    referencesCleared: recovery.referencesCleared,
    clearedAfterMs: recovery.clearedAfterMs ?? null,
    liveAfterMs: recovery.liveAfterMs ?? null,
    metadataEvenAfterMs: recovery.metadataEvenAfterMs ?? null,
    dataEvenAfterMs: recovery.dataEvenAfterMs ?? null,
    ended: recovery.ended ?? null,
  };
}
