import { assert, deferred, err, ok } from '../../base/index.ts';
import type { Result } from '../../base/index.ts';
import type { DeviceId } from '../../model/index.ts';
import type { Clock, DialError, Link, ListenError, Transport, TransportOptions } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import { makeLink } from './sim-link.ts';
import type { LinkEndSpec, SimLink } from './sim-link.ts';
import type { Endpoint, Nic, SimNet } from './sim-net.ts';

interface DialOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** A host that nobody has answers nothing; after so long the kernel says that there is no way to it, ms. */
const noHostMs = 3000;
const discoveryQueryMs = 30_000;
const closeGraceMs = 1000;

/** Which error to tell of several failed addresses: the one that came furthest. */
const rank: Readonly<Record<DialError['kind'], number>> = {
  refused: 5,
  'wrong-device': 4,
  timeout: 3,
  aborted: 2,
  unreachable: 1,
  'no-address': 0,
};

/** The program that accepts links at a card. */
const listeners = new WeakMap<Nic, SimTransport>();

/** {@link Transport} of one run of one program, for the device `device`. Listens at its card's address, whatever `listen` says. */
export class SimTransport implements Transport {
  readonly device: DeviceId;
  readonly #net: SimNet;
  readonly #nic: Nic;
  readonly #lane: Lane;
  readonly #clock: Clock;
  #options: TransportOptions | undefined;
  readonly #links = new Set<SimLink>();
  readonly #giveUps = new Set<() => void>();
  #linksMade = 0;

  constructor(net: SimNet, nic: Nic, lane: Lane, clock: Clock, device: DeviceId) {
    this.#net = net;
    this.#nic = nic;
    this.#lane = lane;
    this.#clock = clock;
    this.device = device;
  }

  /** Links of this run that are not over. */
  get liveLinks(): number {
    return this.#links.size;
  }

  /** Links ever made in this run. */
  get linksMade(): number {
    return this.#linksMade;
  }

  get lane(): Lane {
    return this.#lane;
  }

  get runs(): boolean {
    return this.#options !== undefined && !this.#lane.dead;
  }

  async start(options: TransportOptions): Promise<Result<void, ListenError>> {
    assert(!this.#options, 'a transport is started once');
    await this.#lane.wait(2, `${this.#lane.name}:listen`);
    const wanted = options.listen[0] ?? '';
    if (listeners.get(this.#nic)?.runs) return err({ kind: 'address-in-use', address: wanted });
    this.#options = options;
    listeners.set(this.#nic, this);
    if (options.discovery) this.#discoverRegularly();
    return ok();
  }

  addresses(): readonly string[] {
    return this.runs && this.#nic.attached ? [this.#nic.address] : [];
  }

  dial(device: DeviceId, addresses: readonly string[], options: DialOptions): Promise<Result<Link, DialError>> {
    if (this.#lane.dead) return this.#lane.never();
    if (!this.#options) return Promise.resolve(err({ kind: 'aborted', text: 'the transport does not run' }));
    if (addresses.length === 0) return Promise.resolve(err({ kind: 'no-address', text: 'no address to dial' }));
    if (options.signal?.aborted) return Promise.resolve(err({ kind: 'aborted', text: 'given up' }));
    return this.#race(device, [...new Set(addresses)], options);
  }

  renewDiscovery(): void {
    if (this.#options?.discovery) this.#query();
  }

  async stop(): Promise<void> {
    if (this.#lane.dead) return this.#lane.never();
    if (!this.#options) return;
    this.#options = undefined;
    if (listeners.get(this.#nic) === this) listeners.delete(this.#nic);
    for (const giveUp of [...this.#giveUps]) giveUp();
    await Promise.all([...this.#links].map((link) => link.close(closeGraceMs)));
  }

  /** What this side says about `device`; refuses when it is not running. */
  admits(device: DeviceId): 'admit' | 'pairing-only' | 'refuse' {
    return this.#options?.admission(device) ?? 'refuse';
  }

  linkEndSpec(endpoint: Endpoint): LinkEndSpec {
    return { device: this.device, endpoint, lane: this.#lane };
  }

  /** An inbound link, admitted. */
  accept(link: SimLink, admission: 'admit' | 'pairing-only'): void {
    this.#keep(link);
    this.#options?.onLink(link, admission);
  }

  /** Discovery heard of `device`. */
  discovered(device: DeviceId, addresses: readonly string[]): void {
    if (device !== this.device && this.#options?.discovery) this.#options.onDiscovered(device, addresses);
  }

  #keep(link: SimLink): void {
    this.#links.add(link);
    this.#linksMade += 1;
    link.activate(() => this.#links.delete(link));
  }

  async #race(device: DeviceId, addresses: readonly string[], { signal, timeoutMs }: DialOptions): Promise<Result<Link, DialError>> {
    const { promise, resolve } = deferred<Result<Link, DialError>>();
    const race = { over: false, confirming: false };
    const errors: DialError[] = [];
    const settle = (result: Result<Link, DialError>): void => {
      if (race.over) return;
      race.over = true;
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
      this.#giveUps.delete(giveUp);
      resolve(result);
    };
    const giveUp = (): void => settle(err({ kind: 'aborted', text: 'given up' }));
    const timer = this.#clock.setTimer(timeoutMs, () => settle(err({ kind: 'timeout', text: `no link within ${timeoutMs} ms` })));
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#giveUps.add(giveUp);
    const fail = (error: DialError): void => {
      errors.push(error);
      if (errors.length === addresses.length) settle(err(errors.reduce((best, one) => (rank[one.kind] > rank[best.kind] ? one : best))));
    };
    for (const address of addresses) this.#attempt(device, address, race, fail, (link) => settle(ok(link)));
    return promise;
  }

  /** The handshake at one address, packet by packet: connect, exchange of keys, the answer of the other side's admission. */
  #attempt(
    device: DeviceId,
    address: string,
    race: { over: boolean; confirming: boolean },
    fail: (error: DialError) => void,
    win: (link: SimLink) => void,
  ): void {
    const net = this.#net;
    const own = this.#nic.endpoint();
    const nic = net.nicAt(address);
    const isOver = (): boolean => race.over || this.#lane.dead;
    const unreachable = (text: string): void => fail({ kind: 'unreachable', text: `${address}: ${text}` });
    if (!this.#nic.attached) return void this.#lane.schedule(0, 'dial', () => unreachable('no network'));
    if (!nic?.onAir) return void this.#lane.schedule(noHostMs, 'dial', () => unreachable('no such host'));
    const other: Endpoint = { nic, address };
    const toOther = (label: string, arrive: () => void): void => net.sendRepeating(own, other, label, isOver, arrive);
    const back = (label: string, arrive: () => void): void => {
      net.sendRepeating(other, own, label, isOver, () => this.#lane.enter(() => (isOver() ? undefined : arrive())));
    };
    const confirm = (remote: SimTransport): void => {
      race.confirming = true;
      toOther('handshake end', () => {
        remote.lane.enter(() => {
          const admission = remote.admits(this.device);
          if (admission === 'refuse') return back('refused', () => fail({ kind: 'refused', text: `${address}: not admitted` }));
          const { outbound, inbound } = makeLink(net, this.linkEndSpec(own), remote.linkEndSpec(other));
          remote.accept(inbound, admission);
          this.#awaitConfirmation(other, own, outbound, race, win);
        });
      });
    };
    const exchangeKeys = (remote: SimTransport): void => {
      toOther('hello', () => {
        remote.lane.enter(() => {
          back('hello back', () => {
            if (remote.device !== device) return fail({ kind: 'wrong-device', text: `another device answers at ${address}` });
            if (this.admits(device) === 'refuse') return fail({ kind: 'refused', text: 'this side does not admit the device' });
            if (race.confirming) return unreachable('another address is ahead');
            confirm(remote);
          });
        });
      });
    };
    toOther('connect', () => {
      const remote = listeners.get(nic);
      if (!remote?.runs) back('connection refused', () => unreachable('nothing listens'));
      else back('connected', () => exchangeKeys(remote));
    });
  }

  /** The last packet of the handshake; a dialer that has given up meanwhile drops the link. */
  #awaitConfirmation(other: Endpoint, own: Endpoint, link: SimLink, race: { readonly over: boolean }, win: (link: SimLink) => void): void {
    const isOver = (): boolean => this.#lane.dead || link.kernelOver;
    this.#net.sendRepeating(other, own, 'admitted', isOver, () => {
      this.#lane.enter(() => {
        if (race.over || !this.#options) return link.abort();
        this.#keep(link);
        win(link);
      });
    });
  }

  #discoverRegularly(): void {
    this.#query();
    this.#lane.schedule(discoveryQueryMs, `${this.#lane.name}:discovery`, () => {
      if (this.runs) this.#discoverRegularly();
    });
  }

  /** Asks everybody on the attached network, who thereby hear of this device, and answer. */
  #query(): void {
    const own = this.#nic.endpoint();
    for (const nic of this.#net.nics()) {
      if (nic === this.#nic || nic.lan !== this.#nic.lan) continue;
      const other = nic.endpoint();
      this.#net.send(own, other, 'who is there', () => {
        const remote = listeners.get(nic);
        if (!remote?.runs) return;
        remote.lane.enter(() => {
          remote.discovered(this.device, [own.address]);
          if (!remote.#options?.discovery) return;
          this.#net.send(other, own, 'here', () => this.#lane.enter(() => this.discovered(remote.device, [other.address])));
        });
      });
    }
  }
}
