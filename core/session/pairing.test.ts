import { describe, expect, test } from 'vitest';
import type { Result } from '../base/index.ts';
import { concatBytes, hexFromBytes, present } from '../base/index.ts';
import type { DeviceId, Incarnation } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Admission, Channel, DialError, Link, Signer, Transport } from '../ports/index.ts';
import type { Invite } from '../protocol/index.ts';
import { controlProtocol, encodeCbor, encodeFrame, inviteFromText, inviteToText, pairProtocol } from '../protocol/index.ts';
import type { SimHost } from '../testing/sim/index.ts';
import { SimWorld } from '../testing/sim/index.ts';
import type { PairedPeer, PairingGuest, PairingHost } from './index.ts';
import { createPairingGuest, createPairingHost } from './index.ts';

/** A device that does nothing but pair, in both roles. */
class Laptop {
  readonly world: SimWorld;
  readonly host: SimHost;
  readonly signer: Signer;
  readonly stored: PairedPeer[] = [];
  readonly seed: Uint8Array;
  transport!: Transport;
  inviting!: PairingHost;
  invited!: PairingGuest;
  retry = true;
  /** Set to make storing take its time or fail. */
  store: () => Promise<'stored' | 'too-many'> = async () => 'stored';

  constructor(world: SimWorld, name: string) {
    this.world = world;
    this.host = world.addHost({ name });
    const { crypto } = this.host.ports;
    this.seed = crypto.generateSeed();
    this.signer = crypto.signer(this.seed);
  }

  async start(): Promise<void> {
    const { ports } = this.host;
    this.transport = ports.createTransport(this.seed);
    const shared = {
      ...{ clock: ports.clock, random: ports.random, crypto: ports.crypto, logger: ports.logger, device: this.signer.device },
      name: () => this.host.name,
      addresses: () => this.transport.addresses(),
      onPaired: async (peer: PairedPeer) => {
        const outcome = await this.store();
        if (outcome === 'stored') this.stored.push(peer);
        return outcome;
      },
    };
    this.inviting = createPairingHost({ ...shared, incarnation: hexFromBytes(ports.random.bytes(8)) as Incarnation });
    this.invited = createPairingGuest({ ...shared, transport: this.transport, retry: () => this.retry });
    await this.transport.start({
      listen: [],
      discovery: false,
      admission: (device) => this.#admission(device),
      onLink: (link, admission) => this.#onLink(link, admission),
      onDiscovered: () => undefined,
    });
  }

  knows(device: DeviceId): boolean {
    return this.stored.some((peer) => peer.device === device);
  }

  #admission(device: DeviceId): Admission {
    if (this.knows(device) || this.invited.isExpected(device)) return 'admit';
    return this.inviting.isOpen() ? 'pairing-only' : 'refuse';
  }

  #onLink(link: Link, admission: 'admit' | 'pairing-only'): void {
    if (admission === 'pairing-only') this.inviting.acceptLink(link);
    else link.onChannel((channel) => (channel.protocol === pairProtocol ? this.inviting.serveChannel(link, channel) : channel.abort()));
  }
}

interface Party {
  readonly world: SimWorld;
  readonly host: Laptop;
  readonly guest: Laptop;
  readonly third: Laptop;
  readonly invite: Invite;
}

async function party(seed: string): Promise<Party> {
  const world = new SimWorld(seed);
  const [host, guest, third] = ['host', 'guest', 'third'].map((name) => new Laptop(world, name)) as [Laptop, Laptop, Laptop];
  await world.scheduler.drive(Promise.all([host, guest, third].map((laptop) => laptop.start())));
  const invite = host.inviting.createInvite();
  if (!invite.ok) throw new Error('no invite');
  return { world, host, guest, third, invite: invite.value };
}

const use = ({ world }: Party, laptop: Laptop, invite: Invite, signal?: AbortSignal): ReturnType<PairingGuest['pair']> =>
  world.scheduler.drive(laptop.invited.pair(invite, signal));

describe('pairing', () => {
  test('SEC-3 both sides end with each other’s device, name and addresses', async () => {
    const all = await party('pair');
    const { host, guest, invite } = all;
    const read = inviteFromText(inviteToText(invite), { device: guest.signer.device, nowMs: guest.host.ports.clock.wallNow() });
    expect(read).toEqual({ ok: true, value: invite });
    const expectedHost = { device: host.signer.device, name: 'host', addresses: [host.host.nic.address] };
    expect(await use(all, guest, invite)).toEqual({ ok: true, value: expectedHost });
    expect(guest.stored).toEqual([expectedHost]);
    expect(host.stored).toEqual([{ device: guest.signer.device, name: 'guest', addresses: [guest.host.nic.address] }]);
    expect(host.inviting.isOpen()).toBe(false);
  });

  test('SEC-3 the same invite from the same device gives the first result, from another device it is used up', async () => {
    const all = await party('again');
    const { host, guest, third, invite } = all;
    expect(await use(all, guest, invite)).toMatchObject({ ok: true });
    expect(await use(all, guest, invite)).toMatchObject({ ok: true });
    expect(host.stored).toHaveLength(1);
    host.inviting.createInvite();
    expect(await use(all, third, invite)).toEqual({ ok: false, error: { kind: 'refused', reason: 'used' } });
  });

  test('SEC-3 the host has stored the guest before the guest hears of it', async () => {
    const all = await party('durable');
    const { host, guest, invite } = all;
    let finish: (outcome: 'stored') => void = () => undefined;
    host.store = () => new Promise((resolve) => (finish = resolve));
    const pairing = guest.invited.pair(invite);
    await all.world.scheduler.runFor(2_000);
    expect(guest.stored).toEqual([]);
    finish('stored');
    expect(await all.world.scheduler.drive(pairing)).toMatchObject({ ok: true });
  });

  test('SEC-3 a reply that is lost is asked for again, and pairs once', async () => {
    const all = await party('lost reply');
    const { world, host, guest, invite } = all;
    let dropped = 0;
    host.store = async () => {
      dropped += 1;
      // The guest's side of the link dies while the host stores.
      guest.host.nic.changeAddress();
      return 'stored';
    };
    const result = await world.scheduler.drive(guest.invited.pair(invite));
    expect(result).toMatchObject({ ok: true });
    expect(dropped).toBe(1);
    expect(host.stored).toHaveLength(1);
  });

  test('RPC-4 with retry off a lost reply is not asked for again', async () => {
    const all = await party('retry off');
    const { world, host, guest, invite } = all;
    guest.retry = false;
    host.store = async () => {
      guest.host.nic.changeAddress();
      return 'stored';
    };
    expect(await world.scheduler.drive(guest.invited.pair(invite))).toEqual({ ok: false, error: { kind: 'outcome-unknown' } });
    expect(host.stored).toHaveLength(1);
    expect(guest.host.log.records().filter(({ event }) => event === 'call-repeated')).toEqual([]);
  });

  test('SEC-3 a host that cannot store says nothing, and the invite may be used again', async () => {
    const all = await party('not stored');
    const { host, guest, invite } = all;
    host.store = () => Promise.reject(new Error('disk full'));
    expect(await use(all, guest, invite)).toEqual({ ok: false, error: { kind: 'outcome-unknown' } });
    host.store = async () => 'too-many';
    expect(await use(all, guest, invite)).toEqual({ ok: false, error: { kind: 'refused', reason: 'too-many' } });
    host.store = async () => 'stored';
    expect(await use(all, guest, invite)).toMatchObject({ ok: true });
  });

  test('SEC-3 a host that restarted meanwhile does not know the invite, and the guest says that the outcome is unknown', async () => {
    const all = await party('restart');
    const { world, host, guest, invite } = all;
    host.store = () => {
      host.host.crash({ powerCut: false });
      return new Promise(() => undefined);
    };
    const pairing = guest.invited.pair(invite);
    await world.scheduler.runUntil(() => host.host.state === 'down');
    host.host.restart();
    await world.scheduler.drive(host.start());
    host.inviting.createInvite();
    expect(await world.scheduler.drive(pairing)).toEqual({ ok: false, error: { kind: 'outcome-unknown' } });
    expect(await use(all, guest, invite)).toEqual({ ok: false, error: { kind: 'refused', reason: 'unknown-invite' } });
  });

  test('SEC-3 an invite expires after 10 min, by the clock that has run further', async () => {
    const all = await party('expired');
    const { world, host, guest, invite } = all;
    await world.scheduler.runFor(limits.inviteLifetimeMs);
    expect(host.inviting.isOpen()).toBe(false);
    host.inviting.createInvite();
    expect(await use(all, guest, invite)).toMatchObject({ error: { kind: 'refused' } });
    host.host.time.stepWall(-3_600_000);
    await world.scheduler.runFor(limits.inviteLifetimeMs);
    expect(host.inviting.isOpen()).toBe(false);
  });

  test('SEC-3 a guest without the secret is refused, and a host without it is not believed', async () => {
    const all = await party('proofs');
    const { host, guest, third, invite } = all;
    const forged = { ...invite, secret: new Uint8Array(16) };
    expect(await use(all, guest, forged)).toEqual({ ok: false, error: { kind: 'refused', reason: 'bad-proof' } });
    // A thief of the invite's id cannot answer for the host.
    third.inviting.createInvite();
    const other = { ...invite, device: third.signer.device, addresses: [third.host.nic.address] };
    expect(await use(all, guest, other)).toEqual({ ok: false, error: { kind: 'refused', reason: 'unknown-invite' } });
    expect([...host.stored, ...guest.stored, ...third.stored]).toEqual([]);
  });

  test('SEC-3 another device at the address, nobody there, and a change of mind', async () => {
    const all = await party('unreachable');
    const { world, host, guest, third, invite } = all;
    expect(await use(all, guest, { ...invite, addresses: [third.host.nic.address] })).toMatchObject({
      error: { kind: 'unreachable', error: { kind: 'wrong-device' } },
    });
    host.store = () => new Promise(() => undefined);
    const controller = new AbortController();
    const pairing = guest.invited.pair(invite, controller.signal);
    await world.scheduler.runFor(500);
    controller.abort();
    expect(await world.scheduler.drive(pairing)).toEqual({ ok: false, error: { kind: 'outcome-unknown' } });
    expect(await use(all, guest, invite, controller.signal)).toMatchObject({ ok: false });
    expect(guest.invited.isExpected(host.signer.device)).toBe(false);
  });

  test('SEC-3 no more than the limit of invites is open, and closing them closes the door', async () => {
    const all = await party('many invites');
    for (let i = 1; i < limits.invitesOpenMax; i++) expect(all.host.inviting.createInvite().ok).toBe(true);
    expect(all.host.inviting.createInvite()).toEqual({ ok: false, error: { kind: 'too-many-invites' } });
    all.host.inviting.closeInvites();
    expect(all.host.inviting.isOpen()).toBe(false);
    expect(await use(all, all.guest, all.invite)).toMatchObject({ ok: false });
  });

  test('SEC-3 the text of an invite with many long addresses stays readable', async () => {
    const world = new SimWorld('long');
    const { clock, random, crypto, logger } = world.addHost({ name: 'host' }).ports;
    const host = createPairingHost({
      ...{
        clock,
        random,
        crypto,
        logger,
        device: crypto.signer(crypto.generateSeed()).device,
        incarnation: '0123456789abcdef' as Incarnation,
      },
      name: () => 'x'.repeat(64),
      addresses: () => Array.from({ length: 30 }, (_, index) => `/dns4/${'a'.repeat(230)}${index}/tcp/1`),
      onPaired: async () => 'stored',
    });
    const invite = host.createInvite();
    expect(invite.ok && inviteToText(invite.value).length).toBeLessThanOrEqual(limits.inviteTextCharsMax);
    expect(invite.ok && invite.value.addresses.length).toBeGreaterThan(2);
  });
});

describe('strangers', () => {
  const tryDial = async ({ world, host, guest }: Party): Promise<Result<Link, DialError>> => {
    // The dialler admits the host, as a guest would.
    (guest.invited as { isExpected: (device: DeviceId) => boolean }).isExpected = () => true;
    const link = await world.scheduler.drive(guest.transport.dial(host.signer.device, [host.host.nic.address], { timeoutMs: 200 }));
    if (link.ok) link.value.onChannel((channel) => channel.abort());
    return link;
  };
  const dial = async (all: Party): Promise<Link> => {
    const link = await tryDial(all);
    if (!link.ok) throw new Error(link.error.text);
    return link.value;
  };
  const open = async (link: Link, protocol: string): Promise<Channel> => present(await link.open(protocol), 'channel');
  const liveLinks = (laptop: Laptop): number => (laptop.transport as unknown as { liveLinks: number }).liveLinks;

  test('SEC-1 without an open invite nobody gets in', async () => {
    const all = await party('closed');
    all.host.inviting.closeInvites();
    await expect(dial(all)).rejects.toThrow('not admitted');
  });

  test('SEC-1 they reach one pairing channel and nothing else, for 10 s', async () => {
    const all = await party('one channel');
    const link = await dial(all);
    const control = await open(link, controlProtocol);
    expect(await all.world.scheduler.drive(control.read())).toBeUndefined();
    const pairing = await open(link, pairProtocol);
    expect(await all.world.scheduler.drive(pairing.read())).toBeDefined();
    const second = await open(link, pairProtocol);
    expect(await all.world.scheduler.drive(second.read())).toBeUndefined();
    await all.world.scheduler.runFor(10_500);
    expect(liveLinks(all.host)).toBe(0);
  });

  test('SEC-1 too much or nonsense is answered or cut off, never believed', async () => {
    const all = await party('nonsense');
    const link = await dial(all);
    const channel = await open(link, pairProtocol);
    await channel.write(concatBytes(encodeFrame(encodeCbor({ give: 'me' }))));
    await all.world.scheduler.runFor(100);
    const flooding = await open(await dial(all), pairProtocol);
    let taken = 0;
    void (async () => {
      while (await flooding.write(concatBytes([new Uint8Array([0, 1, 0, 0, 0, 0, 0, 0]), new Uint8Array(65_528)]))) taken += 65_536;
    })();
    await all.world.scheduler.runFor(30_000);
    expect(taken).toBeLessThan(2_000_000);
    expect(liveLinks(all.host)).toBe(0);
    expect(all.host.stored).toEqual([]);
  });

  test('SEC-1 only a few links of strangers at a time, and only so many a minute', async () => {
    const all = await party('rate');
    for (let i = 0; i < 10; i++) await tryDial(all);
    await all.world.scheduler.runFor(10);
    expect(liveLinks(all.host)).toBe(4);
    let served = 0;
    for (let i = 0; i < 60; i++) {
      await all.world.scheduler.runFor(500);
      const link = await tryDial(all);
      if (!link.ok) continue;
      const channel = await link.value.open(pairProtocol);
      if (channel && (await all.world.scheduler.drive(channel.read()))) served += 1;
      link.value.abort();
    }
    expect(served).toBeLessThanOrEqual(30);
    expect(served).toBeGreaterThan(20);
    await all.world.scheduler.runFor(61_000);
    expect(await use(all, all.guest, all.invite)).toMatchObject({ ok: true });
  });
});
