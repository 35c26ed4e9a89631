import type { DeviceId, Epoch, Incarnation } from '../model/index.ts';
import { assert } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Channel, Clock, Link, Logger, Network, Random, Signer, Timer, Transport } from '../ports/index.ts';
import { AwakeClock } from './awake-clock.ts';
import { hasUsableNetwork } from './usable-network.ts';
import type { EpochSession } from './peer-session.ts';
import { PeerSupervisor } from './peer-supervisor.ts';
import { ReferenceTable } from './reference-table.ts';
import type { SupervisionHost } from './supervision-host.ts';
import { timing } from './timing.ts';
import type { HandlerTable, LinkState, PeerSession, SupervisedDevice, SupervisorEvent } from './types.ts';

export interface SupervisorOptions {
  /** Started by the caller, who passes `acceptLink` and `discovered` on to the supervisor. */
  readonly transport: Pick<Transport, 'dial' | 'renewDiscovery'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly logger: Logger;
  /** Only for the name of this device. */
  readonly signer: Pick<Signer, 'device'>;
  /** This device's name as told in hellos, 1 to `limits.deviceNameCharsMax` characters. */
  readonly name: () => string;
  readonly incarnation: Incarnation;
  readonly handlers: HandlerTable;
  /** An epoch began: calls may be made. Runs before anything of the peer is served. */
  readonly onSession: (session: PeerSession) => void;
  /** The only word of it: whoever listens also logs it. */
  readonly onEvent: (event: SupervisorEvent) => void;
  /** The setting of RPC-4: whether calls may be repeated. */
  readonly retry: () => boolean;
  /** Bytes came from a peer; the resume detector looks at its clocks then (SES-6). */
  readonly onBytes?: () => void;
  /** A paired device opened the pairing channel. */
  readonly servePairing?: (link: Link, channel: Channel) => void;
}

/** Keeps all paired devices connected, each by a {@link PeerSupervisor} of its own. All methods return at once unless they say otherwise. */
export interface Supervisor {
  /** The paired devices that there are from now on; who is not among them is dropped. */
  setDevices(devices: readonly SupervisedDevice[]): void;
  /** The live session with `device`, if there is one. */
  session(device: DeviceId): PeerSession | undefined;
  sessions(): readonly PeerSession[];
  /** Undefined for a device that is not paired. */
  linkState(device: DeviceId): LinkState | undefined;
  /** Says `sleeping` to everybody, then ends all epochs and freezes; resolves when done, within `timing.farewellMs` (SES-7). */
  suspend(): Promise<void>;
  /** The host woke up, or may have (SES-6). Also ends a suspend. Harmless at any time and any number of times. */
  resume(): void;
  networkChanged(): void;
  /** Discovery saw `device`; others than paired ones are ignored. */
  discovered(device: DeviceId, addresses: readonly string[]): void;
  /** An inbound link that the transport admitted; of a device that is not paired, paused, or while this host sleeps it is aborted. */
  acceptLink(link: Link): void;
  /** The next session with `device` whose epoch is not `after`; undefined after `waitMs` of awake time or when `signal` aborts. */
  nextSession(device: DeviceId, after: Epoch, waitMs: number, signal?: AbortSignal): Promise<PeerSession | undefined>;
  retryAllowed(): boolean;
  /** Violations of SES-4's and SES-2's invariants, in words; there must be none at any moment. */
  supervisionInvariant(): readonly string[];
  /** How much came of epochs after their end, and was dropped, in this run (SES-1). */
  lateDropped(): number;
  /** Ends everything, for good. Nothing remains to be waited for; the transport is the caller's to stop. */
  stop(): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new AllPeersSupervisor(options);
}

interface Waiter {
  readonly after: Epoch;
  readonly settle: (session: PeerSession | undefined) => void;
}

class AllPeersSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #awake: AwakeClock;
  readonly #references = new ReferenceTable();
  readonly #peers = new Map<DeviceId, PeerSupervisor>();
  /** The live table (SES-2). */
  readonly #live = new Map<DeviceId, EpochSession>();
  readonly #waiters = new Map<DeviceId, Set<Waiter>>();
  readonly #unsubscribe: () => void;
  readonly #host: SupervisionHost;
  #halted: 'suspended' | 'stopped' | undefined;
  /** Counts suspends, so that a farewell that was overtaken by a resume ends nothing. */
  #suspends = 0;
  #epochs = 0;
  #dials = 0;
  #decisions = 0;
  #lateDropped = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#awake = new AwakeClock(options.clock);
    this.#host = this.#hostOf(options);
    this.#unsubscribe = options.network.subscribe(() => this.networkChanged());
  }

  setDevices(devices: readonly SupervisedDevice[]): void {
    assert(
      devices.length <= limits.pairedDevicesMax + limits.foldersMax * limits.rosterDevicesMax,
      'supervised devices within their limit',
    );
    const wanted = new Set(devices.map(({ device }) => device));
    for (const [device, peer] of this.#peers) {
      if (wanted.has(device)) continue;
      this.#peers.delete(device);
      peer.close('removed');
    }
    for (const target of devices) {
      assert(target.device !== this.#options.signer.device, 'a device does not supervise itself');
      const peer = this.#peers.get(target.device);
      if (peer) peer.setTarget(target);
      else this.#addPeer(target);
    }
  }

  session(device: DeviceId): PeerSession | undefined {
    return this.#live.get(device);
  }

  sessions(): readonly PeerSession[] {
    return [...this.#live.values()];
  }

  linkState(device: DeviceId): LinkState | undefined {
    return this.#peers.get(device)?.linkState();
  }

  async suspend(): Promise<void> {
    if (this.#halted !== undefined) return;
    this.#halted = 'suspended';
    this.#suspends += 1;
    const suspend = this.#suspends;
    for (const peer of this.#peers.values()) peer.evaluate();
    await this.#sayFarewell();
    if (this.#halted !== 'suspended' || this.#suspends !== suspend) return;
    for (const peer of this.#peers.values()) peer.close('suspend');
  }

  resume(): void {
    if (this.#halted === 'stopped') return;
    this.#halted = undefined;
    this.#options.transport.renewDiscovery();
    for (const peer of this.#peers.values()) peer.resume();
  }

  networkChanged(): void {
    if (this.#halted !== undefined) return;
    // What was asked before went to the old network, and so would what is announced.
    this.#options.transport.renewDiscovery();
    for (const peer of this.#peers.values()) peer.networkChanged();
  }

  discovered(device: DeviceId, addresses: readonly string[]): void {
    this.#peers.get(device)?.discovered(addresses);
  }

  acceptLink(link: Link): void {
    const peer = this.#peers.get(link.remote);
    if (peer) peer.acceptLink(link);
    else link.abort();
  }

  nextSession(device: DeviceId, after: Epoch, waitMs: number, signal?: AbortSignal): Promise<PeerSession | undefined> {
    const live = this.#live.get(device);
    if (live && live.epoch !== after) return Promise.resolve(live);
    if (signal?.aborted === true || !this.#peers.has(device)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(device) ?? new Set<Waiter>();
      this.#waiters.set(device, waiters);
      const settle = (session: PeerSession | undefined): void => {
        timer.cancel();
        signal?.removeEventListener('abort', giveUp);
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#waiters.get(device) === waiters) this.#waiters.delete(device);
        resolve(session);
      };
      const giveUp = (): void => settle(undefined);
      const waiter: Waiter = { after, settle };
      const timer: Timer = this.#awake.setTimer(waitMs, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      waiters.add(waiter);
    });
  }

  retryAllowed(): boolean {
    return this.#options.retry();
  }

  supervisionInvariant(): readonly string[] {
    const violations = [...this.#peers.values()].map((peer) => peer.violation()).filter((text) => text !== undefined);
    const dead = this.#references.deadReferences(new Set([...this.#live.values()].map(({ epoch }) => epoch)));
    return dead === 0 ? violations : [...violations, `${dead} references to epochs that are over`];
  }

  lateDropped(): number {
    return this.#lateDropped;
  }

  stop(): void {
    if (this.#halted === 'stopped') return;
    this.#halted = 'stopped';
    this.#unsubscribe();
    for (const peer of this.#peers.values()) peer.close('stop');
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.settle(undefined);
    this.#awake.stop();
  }

  #addPeer(target: SupervisedDevice): void {
    const peer = new PeerSupervisor(this.#host, target);
    this.#peers.set(target.device, peer);
    peer.evaluate();
  }

  /** Resolves when all have answered or were not fast enough. */
  async #sayFarewell(): Promise<void> {
    const controller = new AbortController();
    const timer = this.#awake.setTimer(timing.farewellMs, () => controller.abort());
    await Promise.all([...this.#live.values()].map((session) => session.call('sleeping', {}, { signal: controller.signal })));
    timer.cancel();
  }

  #hostOf(options: SupervisorOptions): SupervisionHost {
    const { transport, clock, random, network, logger, signer, incarnation, handlers, name, servePairing } = options;
    return {
      ...{ transport, clock, random, logger, incarnation, handlers, name },
      awake: this.#awake,
      references: this.#references,
      device: signer.device,
      halted: () => this.#halted,
      hasNetwork: (addresses) => hasUsableNetwork(network.interfaces(), addresses),
      nextEpoch: () => (this.#epochs += 1) as Epoch,
      dialCount: () => this.#dials,
      nextDial: () => (this.#dials += 1),
      nextDecision: () => (this.#decisions += 1),
      onLive: (session, outbound) => this.#onLive(session, outbound),
      emit: options.onEvent,
      onBytes: options.onBytes ?? ((): void => undefined),
      onLate: () => (this.#lateDropped += 1),
      ...(servePairing ? { servePairing } : {}),
    };
  }

  #onLive(session: EpochSession, outbound: boolean): void {
    const { device, epoch, incarnation, address, path } = session;
    this.#options.onEvent({ kind: 'session-up', device, epoch, incarnation, address, path, outbound });
    const isFirst = this.#live.size === 0;
    this.#live.set(device, session);
    this.#references.refer(epoch, 'live', () => {
      if (this.#live.get(device) === session) this.#live.delete(device);
    });
    this.#options.onSession(session);
    if (this.#live.get(device) !== session) return;
    for (const waiter of [...(this.#waiters.get(device) ?? [])]) if (waiter.after !== epoch) waiter.settle(session);
    // The outage, if it was one, is over: the others are probably back too (SES-4).
    if (isFirst) for (const peer of this.#peers.values()) if (peer.device !== device) peer.resetBackoff();
  }
}
