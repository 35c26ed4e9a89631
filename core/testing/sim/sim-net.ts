import { Emitter } from '../../base/index.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';

/** What a way between two hosts is like, in one direction. */
export interface PathQuality {
  readonly latencyMs: number;
  /** Up to so much is added to the latency of each packet, ms. */
  readonly jitterMs: number;
  readonly bytesPerMs: number;
}

export const lanQuality: PathQuality = { latencyMs: 0.4, jitterMs: 0.4, bytesPerMs: 100_000 };
export const wanQuality: PathQuality = { latencyMs: 25, jitterMs: 10, bytesPerMs: 2_000 };

/** One end of a conversation: a card and the address that it had when the conversation began. */
export interface Endpoint {
  readonly nic: Nic;
  readonly address: string;
}

/** One end of a live connection, for faults that concern connections. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly remoteHost: string;
  /** Its kernel learns that it is over. */
  kernelEnd(reason: 'reset'): void;
}

/** A host's network card and operating system, as far as the network notices them. It outlives the programs. */
export class Nic {
  readonly host: string;
  /** Hosts with the same name share an attached network and discover each other there. */
  lan: string;
  /** The card has a network. */
  attached = true;
  metered: boolean | undefined;
  /** The machine is on and awake: its kernel answers, even if no program does. */
  awake = true;
  /** Tells when addresses or attachment change. */
  readonly changed = new Emitter<void>();
  #number = 1;
  readonly #taken = new Set<string>();

  constructor(host: string, lan: string) {
    this.host = host;
    this.lan = lan;
  }

  /** `sim://HOST/N`; N grows with every change of address, and old addresses lead nowhere. */
  get address(): string {
    return `sim://${this.host}/${this.#number}`;
  }

  /** Whether packets to `address` come here. */
  has(address: string): boolean {
    return address === this.address || this.#taken.has(address);
  }

  /** This host also gets `address`, which another one had before: whoever dials that one meets a wrong device. */
  takeAddress(address: string): void {
    this.#taken.add(address);
  }

  get onAir(): boolean {
    return this.awake && this.attached;
  }

  /** A new address, as after joining another network; `lan` names that one. Conversations under the old address fall silent. */
  changeAddress(lan: string = this.lan): void {
    this.#number += 1;
    this.lan = lan;
    this.changed.emit();
  }

  /** Unplugs or plugs in; the address stays. */
  setAttached(attached: boolean): void {
    if (this.attached === attached) return;
    this.attached = attached;
    this.changed.emit();
  }

  endpoint(): Endpoint {
    return { nic: this, address: this.address };
  }
}

/** The way from one host to another, in that direction. All conversations of the two hosts share its bandwidth. */
export class NetPath {
  quality: PathQuality;
  /** Silence: packets vanish without a word. A set of reasons, so that overlapping faults can be taken back one by one. */
  readonly blocks = new Set<string>();
  /** Bytes carried; what a test of traffic counts. */
  carriedBytes = 0;
  readonly #scheduler: Scheduler;
  readonly #label: string;
  #busyUntilMs = 0;

  constructor(scheduler: Scheduler, label: string, quality: PathQuality) {
    this.#scheduler = scheduler;
    this.#label = label;
    this.quality = quality;
  }

  get label(): string {
    return this.#label;
  }

  /** Reserves the way for `bytes`; returns when the last of them has left, virtual ms. */
  reserve(bytes: number): number {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#scheduler.nowMs) + bytes / this.quality.bytesPerMs;
    this.carriedBytes += bytes;
    return this.#busyUntilMs;
  }

  /** Bytes that are worth sending in one piece: what goes through in 5 ms. */
  get pieceBytes(): number {
    return Math.min(64 * 1024, Math.max(512, Math.floor(this.quality.bytesPerMs * 5)));
  }
}

/** All hosts and the ways between them. Faults of the network are set here. */
export class SimNet {
  readonly scheduler: Scheduler;
  readonly #prng: Prng;
  readonly #nics = new Map<string, Nic>();
  readonly #paths = new Map<string, NetPath>();
  readonly #connections = new Set<Connection>();
  /** Qualities for pairs of hosts whose way does not exist yet. */
  lan: PathQuality = lanQuality;
  wan: PathQuality = wanQuality;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
    this.#prng = scheduler.fork('network');
  }

  addHost(host: string, lan = 'lan'): Nic {
    const nic = new Nic(host, lan);
    this.#nics.set(host, nic);
    return nic;
  }

  nics(): readonly Nic[] {
    return [...this.#nics.values()];
  }

  /** The card that has `address` now. */
  nicAt(address: string): Nic | undefined {
    for (const nic of this.#nics.values()) if (nic.has(address)) return nic;
    return undefined;
  }

  /** The way from `from` to `to`. */
  path(from: string, to: string): NetPath {
    const label = `${from}>${to}`;
    let path = this.#paths.get(label);
    if (!path) {
      const isLan = this.#nics.get(from)?.lan === this.#nics.get(to)?.lan;
      this.#paths.set(label, (path = new NetPath(this.scheduler, label, isLan ? this.lan : this.wan)));
    }
    return path;
  }

  /** Sets the quality of both directions. A trickle is a very small `bytesPerMs`. */
  setQuality(a: string, b: string, quality: PathQuality): void {
    this.path(a, b).quality = quality;
    this.path(b, a).quality = quality;
  }

  /** Notes a live connection; the returned function forgets it. */
  addConnection(connection: Connection): () => void {
    this.#connections.add(connection);
    return () => this.#connections.delete(connection);
  }

  /** Both ends of every connection between `a` and `b` are reset, as a router does that forgets them. Returns how many ends. */
  resetConnections(a: string, b: string): number {
    const hosts = new Set([a, b]);
    const doomed = [...this.#connections].filter(({ endpoint, remoteHost }) => hosts.has(endpoint.nic.host) && hosts.has(remoteHost));
    for (const connection of doomed) connection.kernelEnd('reset');
    return doomed.length;
  }

  /** One-way failure: nothing from `from` reaches `to`, silently. */
  block(from: string, to: string, reason = 'block'): void {
    this.path(from, to).blocks.add(reason);
  }

  unblock(from: string, to: string, reason = 'block'): void {
    this.path(from, to).blocks.delete(reason);
  }

  /** Silent partition: nothing passes between `side` and all other hosts, in either direction. */
  partition(side: readonly string[], reason = 'partition'): void {
    this.#acrossOf(side, (path) => path.blocks.add(reason));
  }

  /** Ends the partition that was made for `reason`, between all hosts. */
  healPartition(reason = 'partition'): void {
    for (const path of this.#paths.values()) path.blocks.delete(reason);
  }

  /** Takes every block away and gives every way its default quality. */
  heal(): void {
    for (const nic of this.#nics.values()) nic.setAttached(true);
    for (const path of this.#paths.values()) {
      path.blocks.clear();
      const [from, to] = path.label.split('>');
      path.quality = this.#nics.get(from ?? '')?.lan === this.#nics.get(to ?? '')?.lan ? this.lan : this.wan;
    }
  }

  /** Whether a packet would get through right now. */
  passes(from: Endpoint, to: Endpoint): boolean {
    if (!from.nic.onAir || !to.nic.onAir) return false;
    if (!from.nic.has(from.address) || !to.nic.has(to.address)) return false;
    return this.path(from.nic.host, to.nic.host).blocks.size === 0;
  }

  /** The delay of one packet, ms. */
  latencyMs(from: Endpoint, to: Endpoint): number {
    const { latencyMs, jitterMs } = this.path(from.nic.host, to.nic.host).quality;
    return latencyMs + this.#prng.between(0, jitterMs);
  }

  /** One small packet: `arrive` is called in the other kernel; or `lost` when it got lost, which real senders only guess. */
  send(from: Endpoint, to: Endpoint, label: string, arrive: () => void, lost?: () => void): void {
    if (!this.passes(from, to)) return lost?.();
    this.scheduler.schedule(this.latencyMs(from, to), `${from.nic.host}>${to.nic.host}:${label}`, () => {
      if (this.passes(from, to)) arrive();
      else lost?.();
    });
  }

  /** A packet that the kernel repeats, after `waitMs` and then ever longer pauses, until it arrives or `isOver`. */
  sendRepeating(from: Endpoint, to: Endpoint, label: string, isOver: () => boolean, arrive: () => void, waitMs = 1000): void {
    const again = (): void => {
      this.scheduler.schedule(waitMs, `${from.nic.host}>${to.nic.host}:${label} again`, () => {
        if (!isOver()) this.sendRepeating(from, to, label, isOver, arrive, Math.min(waitMs * 2, 60_000));
      });
    };
    this.send(from, to, label, () => (isOver() ? undefined : arrive()), again);
  }

  #acrossOf(side: readonly string[], change: (path: NetPath) => void): void {
    const inside = new Set(side);
    for (const a of this.#nics.keys()) {
      for (const b of this.#nics.keys()) if (inside.has(a) !== inside.has(b)) change(this.path(a, b));
    }
  }
}
