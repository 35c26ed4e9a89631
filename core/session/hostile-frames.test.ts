import { describe, expect, test } from 'vitest';
import { concatBytes, hexFromBytes } from '../base/index.ts';
import type { Incarnation } from '../model/index.ts';
import type { Channel, Link } from '../ports/index.ts';
import type { CborValue, Hello } from '../protocol/index.ts';
import { bulkProtocol, controlProtocol, encodeCbor, encodeFrame } from '../protocol/index.ts';
import type { SessionHost } from '../testing/session/session-world.ts';
import { SessionWorld } from '../testing/session/session-world.ts';
import type { Prng } from '../testing/sim/index.ts';

/** Links that a hostile device dials and speaks on by hand, to a victim that supervises it. */
class Attack {
  readonly world: SessionWorld;
  readonly victim: SessionHost;
  readonly attacker: SessionHost;
  #dials = 0;

  private constructor(world: SessionWorld, victim: SessionHost, attacker: SessionHost) {
    this.world = world;
    this.victim = victim;
    this.attacker = attacker;
  }

  /** The victim decides which link counts, so that the attacker need not. */
  static async begin(seed: string): Promise<Attack> {
    const world = new SessionWorld(seed);
    const { lesser: attacker, greater: victim } = world.addPair();
    await world.drive(Promise.all([attacker.start(), victim.start()]));
    victim.supervisor.setDevices([{ ...victim.targetOf(attacker), addresses: [] }]);
    return new Attack(world, victim, attacker);
  }

  async dial(): Promise<Link> {
    const dialled = await this.world.drive(
      this.attacker.run.transport.dial(this.victim.device, [this.victim.host.nic.address], { timeoutMs: 5_000 }),
    );
    if (!dialled.ok) throw new Error(dialled.error.text);
    return dialled.value;
  }

  hello(): Hello {
    this.#dials += 1;
    return {
      versions: { min: 1, max: 1 },
      features: [],
      name: 'Mallory',
      incarnation: 'aaaaaaaaaaaaaaaa' as Incarnation,
      linkSequence: this.#dials,
    };
  }

  /** A link on which the handshake went well. */
  async session(): Promise<{ readonly link: Link; readonly control: Channel; readonly bulk: Channel }> {
    const link = await this.dial();
    const control = await this.open(link, controlProtocol);
    await this.send(control, this.hello());
    const bulk = await this.open(link, bulkProtocol);
    await this.world.runUntil(() => this.victim.session(this.attacker) !== undefined, 5_000);
    expect(this.victim.session(this.attacker)).toBeDefined();
    return { link, control, bulk };
  }

  async open(link: Link, protocol: string): Promise<Channel> {
    const channel = await link.open(protocol);
    if (!channel) throw new Error('no channel');
    return channel;
  }

  async send(channel: Channel, value: CborValue, payload?: Uint8Array): Promise<void> {
    await channel.write(concatBytes(encodeFrame(encodeCbor(value), payload)));
  }

  /** Lets the victim work through what came; it must not have thrown (an unhandled rejection fails the run) nor lost its invariant. */
  async settle(): Promise<void> {
    await this.world.runFor(2_000);
    expect(this.victim.supervisor.supervisionInvariant()).toEqual([]);
  }

  malformedCount(): number {
    return this.victim.run.events.filter(({ kind }) => kind === 'malformed').length;
  }
}

describe('hostile peers', () => {
  test.each<[string, Uint8Array]>([
    ['a frame over the limit', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)],
    ['a header that is not CBOR', concatBytes(encodeFrame(Uint8Array.of(0xff, 0xff)))],
    ['a message of an unknown kind', concatBytes(encodeFrame(encodeCbor({ t: 'shout', id: 1 })))],
    ['a call number that is none', concatBytes(encodeFrame(encodeCbor({ t: 'cancel', id: -1 })))],
    ['an error that is none', concatBytes(encodeFrame(encodeCbor({ t: 'error', id: 1, error: { kind: 'doom', text: '' } })))],
  ])('RPC-5 %s ends the epoch and is counted against the peer', async (_title, bytes) => {
    const attack = await Attack.begin('malformed');
    const { control } = await attack.session();
    await control.write(bytes);
    await attack.settle();
    expect(attack.victim.session(attack.attacker)).toBeUndefined();
    expect(attack.victim.run.gone.map(({ reason }) => reason)).toEqual(['malformed']);
    expect(attack.malformedCount()).toBe(1);
  });

  test('RPC-5 unknown verbs, unknown fields and stray answers do not end the epoch', async () => {
    const attack = await Attack.begin('strays');
    const { control, bulk } = await attack.session();
    await attack.send(control, { t: 'request', id: 1, verb: 'dance', body: {}, mood: 'good' });
    await attack.send(control, { t: 'request', id: 2, verb: '__proto__', body: {} });
    await attack.send(control, { t: 'reply', id: 4_000, body: {} });
    await attack.send(bulk, { t: 'piece', id: 4_000, body: {} }, new Uint8Array(1_000));
    await attack.send(bulk, { t: 'body', id: 4_000, body: {} }, new Uint8Array(1_000));
    await attack.send(control, { t: 'cancel', id: 4_000 });
    await attack.send(control, { t: 'end', id: 4_000 });
    await attack.settle();
    expect(attack.victim.session(attack.attacker)).toBeDefined();
    expect(attack.victim.run.gone).toEqual([]);
  });

  test('RPC-5 a call number used twice ends the epoch', async () => {
    const attack = await Attack.begin('twice');
    attack.victim.handlers.have = () => new Promise(() => undefined);
    const { control } = await attack.session();
    const request = { t: 'request', id: 1, verb: 'have', body: { folder: 'ab'.repeat(32), have: {} } };
    await attack.send(control, request);
    await attack.send(control, request);
    await attack.settle();
    expect(attack.victim.run.gone.map(({ reason }) => reason)).toEqual(['malformed']);
  });

  test('RPC-5 a peer that sends requests and reads no answers is not served without end', async () => {
    const attack = await Attack.begin('no reading');
    let served = 0;
    const big = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `${attack.victim.device}.${index.toString(16).padStart(16, '0')}`,
        { end: index, endHash: 'a'.repeat(64) },
      ]),
    );
    attack.victim.handlers.have = async () => {
      served += 1;
      return { ok: true, value: { have: big as never } };
    };
    const { control } = await attack.session();
    const request = (id: number): CborValue => ({ t: 'request', id, verb: 'have', body: { folder: 'ab'.repeat(32), have: {} } });
    void (async () => {
      for (let id = 1; id <= 20_000; id++) if (!(await control.write(concatBytes(encodeFrame(encodeCbor(request(id))))))) return;
    })();
    await attack.world.runFor(5_000);
    expect(served).toBeLessThan(600);
    await attack.world.runFor(60_000);
    expect(attack.victim.supervisor.supervisionInvariant()).toEqual([]);
  });

  test('RPC-5 a handshake of nonsense, of silence or of too much fails in time and is counted', async () => {
    const attack = await Attack.begin('handshakes');
    const nonsense = await attack.open(await attack.dial(), controlProtocol);
    await attack.send(nonsense, { hello: 'world' });
    const tooMuch = await attack.open(await attack.dial(), controlProtocol);
    void tooMuch.write(new Uint8Array(1_000_000).fill(1));
    await attack.dial();
    await attack.settle();
    expect(attack.malformedCount()).toBe(2);
    await attack.world.runFor(15_000);
    expect((attack.victim.run.transport as unknown as { liveLinks: number }).liveLinks).toBe(0);
  });

  test('RPC-5 a device that opens many links holds only a few at a time', async () => {
    const attack = await Attack.begin('many links');
    const liveLinks = (): number => (attack.victim.run.transport as unknown as { liveLinks: number }).liveLinks;
    for (let i = 0; i < 40; i++) await attack.dial();
    await attack.world.runFor(100);
    expect(liveLinks()).toBeLessThanOrEqual(4);
    // With a hello each: one is accepted, the others are rejected, and nobody hangs up.
    for (let i = 0; i < 40; i++) {
      await attack.send(await attack.open(await attack.dial(), controlProtocol), { ...attack.hello(), linkSequence: 5 });
      await attack.world.runFor(10);
    }
    expect(liveLinks()).toBeLessThanOrEqual(9);
  });

  test('SES-4 a device that calls again and again and speaks nonsense is not called back each time', async () => {
    const attack = await Attack.begin('call back');
    let calledBack = 0;
    attack.attacker.intercept = (link) => {
      calledBack += 1;
      link.abort();
      return true;
    };
    attack.victim.supervisor.setDevices([attack.victim.targetOf(attack.attacker)]);
    for (let i = 0; i < 300; i++) {
      const link = await attack.dial();
      await attack.send(await attack.open(link, controlProtocol), { hello: 'world' });
      await attack.world.runFor(2_000);
    }
    expect(calledBack).toBeGreaterThan(0);
    expect(calledBack).toBeLessThan(60);
    expect(attack.victim.supervisor.supervisionInvariant()).toEqual([]);
  });

  test('RPC-5 no bytes whatever make a session throw', async () => {
    const attack = await Attack.begin('random bytes');
    attack.victim.handlers.have = async () => ({ ok: true, value: { have: {} } });
    const prng = attack.world.world.scheduler.fork('hostile');
    let epochs = 0;
    for (let i = 0; i < 250; i++) {
      const { link, control, bulk } = await attack.session();
      epochs += 1;
      for (let j = 0; j < 6; j++) await prng.pick([control, bulk]).write(hostileBytes(prng));
      await attack.world.runFor(50);
      link.abort();
      await attack.world.runFor(10);
      expect(attack.victim.supervisor.supervisionInvariant()).toEqual([]);
    }
    expect(epochs).toBe(250);
    expect(attack.malformedCount()).toBeGreaterThan(100);
  });
});

/** Bytes from noise to frames that are nearly right. */
function hostileBytes(prng: Prng): Uint8Array {
  const id = prng.pick([0, 1, 2, 3, 0xffff_ffff]);
  const folder = 'ab'.repeat(32);
  const body = prng.pick<CborValue>([
    {},
    null,
    [],
    'text',
    { folder, have: {} },
    { folder, blocks: [] },
    { index: 0, offset: 0 },
    prng.bytes(20),
  ]);
  const verb = prng.pick(['probe', 'have', 'batches', 'sendme', 'offer', 'constructor', '']);
  const key = { incarnation: '0123456789abcdef', nonce: hexFromBytes(prng.bytes(16)) };
  const message = prng.pick<CborValue>([
    { t: 'request', id, verb, body },
    { t: 'request', id, verb: 'offer', body: { folder, statements: [] }, key },
    { t: prng.pick(['reply', 'piece', 'body']), id, body },
    { t: prng.pick(['cancel', 'end']), id },
    { t: 'error', id, error: { kind: 'internal', text: 'x' } },
    body,
  ]);
  const frame = concatBytes(encodeFrame(encodeCbor(message), prng.chance(0.3) ? prng.bytes(prng.integer(0, 5_000)) : undefined));
  if (prng.chance(0.7)) return frame;
  if (prng.chance(0.5)) return prng.bytes(prng.integer(1, 200));
  frame[prng.integer(0, frame.length - 1)] = prng.integer(0, 255);
  return frame;
}
