import { describe, expect, test } from 'vitest';
import type { Result } from '../base/index.ts';
import { concatBytes, assert, deferred, err, hexFromBytes, ok } from '../base/index.ts';
import type { DeviceId, Incarnation } from '../model/index.ts';
import { compareDeviceIds } from '../model/index.ts';
import type { Channel, DialError, EndReason, Link } from '../ports/index.ts';
import { FrameReader, controlProtocol, decodeAs, helloSchema, verdictSchema } from '../protocol/index.ts';
import type { Prng, SimHost } from '../testing/sim/index.ts';
import { SimWorld } from '../testing/sim/index.ts';
import type { PeerSession, Supervisor } from './index.ts';
import { createSupervisor } from './index.ts';

/**
 * Two supervisors over a network in which every link has delays of its own, from nothing to many seconds, so that hellos, verdicts
 * and ends of different links overtake one another in every way, dials that were given up arrive nevertheless, and an end may never
 * be heard. What each side knew when it dialled is recorded, and every replacement is held against that.
 */
const seeds = 400;
const totals = { links: 0, replaced: 0, neverHeard: 0, rejected: 0 };

/** The network of one walk; once it is calm, every message takes a moment only. */
class TestNet {
  readonly world: SimWorld;
  readonly wires: TestWire[] = [];
  calm = false;

  constructor(world: SimWorld) {
    this.world = world;
  }
}

/** What really happened to one link; instants in virtual ms, order by a count of verdicts. */
interface Truth {
  readonly dialledAtMs: number;
  readonly dialer: Agent;
  readonly saidHelloAtMs: Map<Agent, number>;
  acceptOrder: number | undefined;
}

class TestWire {
  readonly ends: TestEnd[] = [];
  readonly truth: Truth;
  readonly #prng: Prng;
  readonly #net: TestNet;
  readonly #clearAtMs = new Map<TestEnd, number>();
  /** Whether the other side never learns that one side is gone. */
  readonly silentDeath: boolean;

  constructor(net: TestNet, prng: Prng, truth: Truth) {
    this.#net = net;
    this.#prng = prng;
    this.truth = truth;
    this.silentDeath = prng.chance(0.2);
  }

  get nowMs(): number {
    return this.#net.world.scheduler.nowMs;
  }

  other(end: TestEnd): TestEnd {
    const other = this.ends.find((candidate) => candidate !== end);
    assert(other, 'a wire has two ends');
    return other;
  }

  /** Delivers in order, after a delay that is the link's own whim. */
  send(from: TestEnd, label: string, deliver: () => void): void {
    const delayMs = this.#net.calm ? 1 : this.#prng.pick([0.1, 1, 5, 40, 300, this.#prng.between(1_000, 6_000)]);
    const atMs = Math.max(this.#clearAtMs.get(from) ?? 0, this.nowMs + delayMs);
    this.#clearAtMs.set(from, atMs);
    this.#net.world.scheduler.at(atMs, label, deliver);
  }
}

class TestEnd implements Link {
  readonly remote: DeviceId;
  readonly direction: 'outbound' | 'inbound';
  readonly remoteAddress = 'test';
  readonly path = 'lan';
  readonly wire: TestWire;
  readonly agent: Agent;
  over = false;
  readonly channels = new Map<string, TestChannel>();
  #onChannel: ((channel: Channel) => void) | undefined;
  #onEnd: ((reason: EndReason) => void) | undefined;

  constructor(wire: TestWire, agent: Agent, remote: DeviceId, direction: 'outbound' | 'inbound') {
    this.wire = wire;
    this.agent = agent;
    this.remote = remote;
    this.direction = direction;
    wire.ends.push(this);
  }

  open(protocol: string): Promise<Channel | undefined> {
    if (this.over) return Promise.resolve(undefined);
    const channel = new TestChannel(this, protocol);
    this.channels.set(protocol, channel);
    const other = this.wire.other(this);
    this.wire.send(this, 'open', () => other.opened(protocol));
    return Promise.resolve(channel);
  }

  opened(protocol: string): void {
    if (this.over) return;
    const channel = new TestChannel(this, protocol);
    this.channels.set(protocol, channel);
    this.#onChannel?.(channel);
  }

  onChannel(listener: (channel: Channel) => void): void {
    this.#onChannel = listener;
  }

  onEnd(listener: (reason: EndReason) => void): void {
    if (this.over) listener('lost');
    else this.#onEnd = listener;
  }

  abort(): void {
    if (this.over) return;
    this.end('aborted');
    const other = this.wire.other(this);
    if (this.wire.silentDeath) totals.neverHeard += 1;
    else this.wire.send(this, 'end', () => other.end('reset'));
  }

  end(reason: EndReason): void {
    if (this.over) return;
    this.over = true;
    for (const channel of this.channels.values()) channel.end();
    this.#onEnd?.(reason);
  }
}

class TestChannel implements Channel {
  readonly protocol: string;
  readonly #end: TestEnd;
  readonly #sniffer = new FrameReader();
  #chunks: Uint8Array[] = [];
  #reader: ((chunk: Uint8Array | undefined) => void) | undefined;

  constructor(end: TestEnd, protocol: string) {
    this.#end = end;
    this.protocol = protocol;
  }

  write(head: Uint8Array, more = new Uint8Array()): Promise<boolean> {
    const bytes = concatBytes([head, more]);
    if (this.#end.over) return Promise.resolve(false);
    if (this.protocol === controlProtocol) this.#sniff(bytes);
    const { wire } = this.#end;
    const other = wire.other(this.#end);
    wire.send(this.#end, 'data', () => other.channels.get(this.protocol)?.receive(bytes));
    return Promise.resolve(true);
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk || this.#end.over) return Promise.resolve(chunk);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  receive(bytes: Uint8Array): void {
    if (this.#end.over) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader(bytes);
    else this.#chunks.push(bytes);
  }

  end(): void {
    this.#chunks = [];
    this.#reader?.(undefined);
    this.#reader = undefined;
  }

  queuedBytes(): number {
    return 0;
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  abort(): void {
    this.#end.abort();
  }

  #sniff(bytes: Uint8Array): void {
    const { truth, nowMs } = this.#end.wire;
    const frames = this.#sniffer.push(bytes);
    for (const { header } of frames.ok ? frames.value : []) {
      if (decodeAs(helloSchema, header).ok) truth.saidHelloAtMs.set(this.#end.agent, nowMs);
      const verdict = decodeAs(verdictSchema, header);
      if (!verdict.ok) continue;
      if (verdict.value.verdict === 'accept') truth.acceptOrder = verdict.value.decision;
      else totals.rejected += 1;
    }
  }
}

class Agent {
  readonly host: SimHost;
  readonly device: DeviceId;
  readonly supervisor: Supervisor;
  other!: Agent;
  readonly live: { readonly session: PeerSession; readonly truth: Truth }[] = [];
  /** Links that another one took the place of. */
  readonly replaced: Truth[] = [];
  readonly #net: TestNet;
  readonly #prng: Prng;

  constructor(net: TestNet, name: string) {
    const { world } = net;
    this.#net = net;
    this.host = world.addHost({ name });
    this.#prng = world.scheduler.fork(`agent/${name}`);
    const { ports } = this.host;
    const signer = ports.crypto.signer(ports.crypto.generateSeed());
    this.device = signer.device;
    this.supervisor = createSupervisor({
      ...{ clock: ports.clock, random: ports.random, network: ports.network, logger: ports.logger, signer, handlers: {} },
      transport: { dial: (_device, _addresses, { signal }) => this.#dial(signal), renewDiscovery: () => undefined },
      name: () => name,
      incarnation: hexFromBytes(ports.random.bytes(8)) as Incarnation,
      onSession: (session) => this.live.push({ session, truth: this.#truthOf(session) }),
      onEvent: (event) => {
        const ended = event.kind === 'session-gone' && event.reason === 'replaced' ? event.epoch : undefined;
        for (const { session, truth } of this.live) if (session.epoch === ended) this.replaced.push(truth);
      },
      retry: () => true,
    });
  }

  /** The link comes to the other side whatever becomes of the dial. */
  #dial(signal: AbortSignal | undefined): Promise<Result<Link, DialError>> {
    const { promise, resolve } = deferred<Result<Link, DialError>>();
    const { wires, world } = this.#net;
    const truth: Truth = { dialledAtMs: world.scheduler.nowMs, dialer: this, saidHelloAtMs: new Map(), acceptOrder: undefined };
    const wire = new TestWire(this.#net, this.#prng.fork(`link/${wires.length}`), truth);
    wires.push(wire);
    totals.links += 1;
    const outbound = new TestEnd(wire, this, this.other.device, 'outbound');
    const inbound = new TestEnd(wire, this.other, this.device, 'inbound');
    wire.send(outbound, 'connect', () => {
      this.other.supervisor.acceptLink(inbound);
      wire.send(inbound, 'connected', () => resolve(ok(outbound)));
    });
    signal?.addEventListener('abort', () => resolve(err({ kind: 'aborted', text: '' })), { once: true });
    void promise.then((result) => (result.ok ? undefined : wire.send(outbound, 'given up', () => inbound.end('reset'))));
    return promise;
  }

  #truthOf(session: PeerSession): Truth {
    const wire = this.#net.wires.find(({ ends }) => ends.some((end) => end.agent === this && linkOf(session) === end));
    assert(wire, 'a session has its wire');
    return wire.truth;
  }
}

function linkOf(session: PeerSession): Link {
  return (session as unknown as { link: Link }).link;
}

async function walk(seed: string): Promise<void> {
  const world = new SimWorld(seed);
  const prng = world.scheduler.fork('walk');
  const net = new TestNet(world);
  const agents = [new Agent(net, 'one'), new Agent(net, 'two')] as const;
  const [one, two] = agents;
  one.other = two;
  two.other = one;
  const decider = compareDeviceIds(one.device, two.device) > 0 ? one : two;
  for (const agent of agents) agent.supervisor.setDevices([{ device: agent.other.device, addresses: ['test'], paused: false }]);
  for (let i = 0; i < 12; i++) {
    await world.scheduler.runFor(prng.pick([0.5, 3, 30, 500, 4_000, 20_000]));
    const agent = prng.pick(agents);
    const resuming = prng.pick([[agent], [agent], [...agents], []]);
    for (const { supervisor } of resuming) supervisor.resume();
    if (resuming.length === 0) agent.supervisor.networkChanged();
    for (const { supervisor } of agents) expect(supervisor.supervisionInvariant()).toEqual([]);
  }
  net.calm = true;
  await world.scheduler.runFor(120_000);
  const [ofOne, ofTwo] = agents.map((agent) => agent.live.at(-1)?.truth);
  expect(ofOne, 'the same link on both sides').toBe(ofTwo);
  for (const agent of agents) {
    expect(agent.supervisor.session(agent.other.device)?.epoch).toBe(agent.live.at(-1)?.session.epoch);
    const orders = agent.live.map(({ truth }) => truth.acceptOrder ?? 0);
    expect(orders, 'links follow one another in the order of the verdicts').toEqual(orders.toSorted((a, b) => a - b));
  }
  checkReplacements(
    decider,
    net.wires.map(({ truth }) => truth),
  );
}

/** Whoever dialled a link that took the place of another had seen that other one before it dialled. */
function checkReplacements(decider: Agent, links: readonly Truth[]): void {
  for (const before of decider.replaced) {
    const order = before.acceptOrder ?? 0;
    const later = links.filter(({ acceptOrder }) => acceptOrder !== undefined && acceptOrder > order);
    const next = later.toSorted((a, b) => (a.acceptOrder ?? 0) - (b.acceptOrder ?? 0))[0];
    assert(next, 'a replaced link has a successor');
    totals.replaced += 1;
    expect(next.dialledAtMs, 'a late dial does not take the place of a later link').toBeGreaterThanOrEqual(
      before.saidHelloAtMs.get(next.dialer) ?? Infinity,
    );
  }
}

describe('handshakes whose messages overtake one another', () => {
  test('SES-3 links follow one another in one order on both sides, and no late dial takes the place of a later link', async () => {
    for (let i = 0; i < seeds; i++) {
      const seed = `handshake ${i}`;
      try {
        await walk(seed);
      } catch (error) {
        throw new Error(`replay: await walk('${seed}')`, { cause: error });
      }
    }
    expect(totals.replaced).toBeGreaterThan(seeds / 4);
    expect(totals.rejected).toBeGreaterThan(seeds / 10);
    expect(totals.neverHeard).toBeGreaterThan(seeds / 10);
  }, 60_000);
});
