import { describe, expect, test } from 'vitest';
import type { FolderId } from '../model/index.ts';
import type { Link } from '../ports/index.ts';
import type { SessionHost } from '../testing/session/session-world.ts';
import { areLinked, linkedPair } from '../testing/session/linked-pair.ts';
import { SessionWorld } from '../testing/session/session-world.ts';

const folder = 'ab'.repeat(32) as FolderId;

describe('supervisor', () => {
  test('SES-4 two paired devices find each other and settle on one link', async () => {
    const { world, lesser, greater } = await linkedPair('settle');
    await world.runFor(60_000);
    expect([...lesser.run.gone, ...greater.run.gone]).toEqual([]);
    expect(lesser.supervisor.linkState(greater.device)).toMatchObject({ kind: 'live', suspect: false });
    expect(lesser.session(greater)?.rttMs()).toBeGreaterThan(0);
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
  });

  test('SES-4 an unreachable device is dialled at 0, 0.5, 1, 2, 4 … 60 s, and every 5 min after 30 min', async () => {
    const world = new SessionWorld('backoff');
    const { lesser, greater } = world.addPair();
    await world.startAll();
    greater.host.crash({ powerCut: false });
    const failedAtMs: number[] = [];
    const seen = (): boolean => {
      while (lesser.run.events.filter(({ kind }) => kind === 'link-failed').length > failedAtMs.length) failedAtMs.push(world.nowMs);
      return false;
    };
    await world.runUntil(seen, 60 * 60_000);
    const gaps = failedAtMs.slice(1).map((atMs, index) => (atMs - (failedAtMs[index] ?? 0)) / 1000);
    const expected = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60];
    expected.forEach((seconds, index) => {
      expect(gaps[index], `gap ${index}`).toBeGreaterThan(seconds * 0.75);
      expect(gaps[index], `gap ${index}`).toBeLessThan(seconds * 1.25);
    });
    expect(gaps.at(-1)).toBeGreaterThan(230);
    expect(lesser.supervisor.linkState(greater.device)).toMatchObject({ kind: 'offline' });
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
  });

  test('SES-4 without a network nobody is dialled, and its return wakes the sleepers at once', async () => {
    const { world, lesser, greater } = await linkedPair('no-network');
    lesser.host.nic.setAttached(false);
    await world.runFor(20 * 60_000);
    expect(lesser.session(greater)).toBeUndefined();
    const dialsBefore = lesser.run.events.filter(({ kind }) => kind === 'link-failed').length;
    await world.runFor(20 * 60_000);
    expect(lesser.run.events.filter(({ kind }) => kind === 'link-failed')).toHaveLength(dialsBefore);
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
    lesser.host.nic.setAttached(true);
    expect(await world.runUntil(() => areLinked(lesser, greater), 2_000)).toBe(true);
  });

  test('SES-4 while this host is suspended nobody is dialled or let in, and the resume wakes the sleepers at once', async () => {
    const { world, lesser, greater } = await linkedPair('suspended');
    await world.drive(lesser.supervisor.suspend());
    const failed = (): number => lesser.run.events.filter(({ kind }) => kind === 'link-failed').length;
    const before = failed();
    await world.runFor(3 * 60 * 60_000);
    expect(lesser.session(greater)).toBeUndefined();
    expect(greater.session(lesser)).toBeUndefined();
    expect(failed()).toBe(before);
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
    lesser.supervisor.resume();
    expect(await world.runUntil(() => areLinked(lesser, greater), 1_000)).toBe(true);
  });

  test('SES-4 reaching any device after an outage wakes the sleepers of all others', async () => {
    const world = new SessionWorld('any-success');
    const hosts = ['a', 'b', 'c'].map((name) => world.addDevice({ name }));
    const [a, b, c] = hosts as [SessionHost, SessionHost, SessionHost];
    await world.startAll();
    await world.runUntil(() => areLinked(a, b) && areLinked(a, c));
    b.host.crash({ powerCut: true });
    c.host.crash({ powerCut: true });
    await world.runFor(10 * 60_000);
    b.restart();
    c.restart();
    for (const device of [b, c]) await world.drive(device.start());
    // Only b dials; c waits to be found.
    b.superviseAll();
    c.supervisor.setDevices([{ ...c.targetOf(a), addresses: [] }]);
    expect(await world.runUntil(() => areLinked(a, b) && areLinked(a, c), 2_000)).toBe(true);
  });

  test('SES-4 a paused device is left alone in both directions until it is resumed', async () => {
    const { world, lesser, greater } = await linkedPair('paused');
    lesser.paused.add(greater.device);
    lesser.superviseAll();
    expect(lesser.run.gone.map(({ reason }) => reason)).toEqual(['paused']);
    await world.runFor(10 * 60_000);
    expect(greater.session(lesser)).toBeUndefined();
    expect(lesser.supervisor.linkState(greater.device)).toEqual({ kind: 'paused' });
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
    lesser.paused.clear();
    lesser.superviseAll();
    expect(await world.runUntil(() => areLinked(lesser, greater), 2_000)).toBe(true);
  });

  test('SES-4 a device that is removed is dropped, and refused when it calls', async () => {
    const { world, lesser, greater } = await linkedPair('removed');
    lesser.supervisor.setDevices([]);
    expect(lesser.run.gone.map(({ reason }) => reason)).toEqual(['removed']);
    await world.runFor(60_000);
    expect(greater.session(lesser)).toBeUndefined();
    expect(lesser.supervisor.linkState(greater.device)).toBeUndefined();
  });

  test('SES-4 an inbound link of a device begins the backoff to it anew, whatever becomes of that link', async () => {
    const { world, lesser, greater } = await linkedPair('calls in');
    const address = greater.host.nic.address;
    greater.supervisor.setDevices([]);
    greater.host.nic.changeAddress();
    await world.runFor(20 * 60_000);
    const dials = (): number => lesser.run.events.filter(({ kind }) => kind === 'link-failed').length;
    const before = dials();
    expect(lesser.supervisor.linkState(greater.device)).toMatchObject({ kind: 'offline' });
    const ended: Link = {
      ...{ remote: greater.device, direction: 'inbound', remoteAddress: address, path: 'lan' },
      open: () => Promise.resolve(undefined),
      onChannel: () => undefined,
      onEnd: (listener) => listener('lost'),
      abort: () => undefined,
    };
    lesser.supervisor.acceptLink(ended);
    // 0 and 0.5 s after it, where the backoff had come to a minute.
    expect(await world.runUntil(() => dials() >= before + 2, 10_000)).toBe(true);
  });

  test('SES-4 discovery of a new address is dialled at once', async () => {
    const { world, lesser, greater } = await linkedPair('moved');
    greater.supervisor.setDevices([]);
    greater.host.nic.changeAddress();
    await world.runFor(10 * 60_000);
    greater.supervisor.setDevices([{ ...greater.targetOf(lesser), addresses: [] }]);
    lesser.supervisor.discovered(greater.device, [greater.host.nic.address]);
    expect(await world.runUntil(() => areLinked(lesser, greater), 1_000)).toBe(true);
  });

  test('SES-6 a change of the network renews discovery, so that two devices which both moved find each other', async () => {
    const world = new SessionWorld('both moved');
    const { lesser, greater } = world.addPair();
    for (const device of world.devices) device.discovery = true;
    await world.startAll();
    expect(await world.runUntil(() => areLinked(lesser, greater), 5_000)).toBe(true);
    await world.runFor(60_000);
    const before = lesser.run.events.length;
    for (const { host } of world.devices) host.nic.changeAddress('elsewhere');
    const isBack = (): boolean => lesser.run.events.slice(before).some(({ kind }) => kind === 'session-up') && areLinked(lesser, greater);
    expect(await world.runUntil(isBack, 6_000)).toBe(true);
  });
});

describe('end of an epoch', () => {
  test('SES-2 200 outstanding calls end with one event, and no caller sees the peer live afterwards', async () => {
    const { world, lesser, greater } = await linkedPair('burst');
    greater.handlers.have = () => new Promise(() => undefined);
    lesser.supervisor.resume();
    for (const session of greater.supervisor.sessions()) (session as unknown as { end(reason: string): void }).end('lost');
    await world.runUntil(() => !areLinked(lesser, greater));
    await world.runUntil(() => areLinked(lesser, greater));
    await world.runFor(1_000);
    lesser.run.events.length = 0;
    const session = lesser.session(greater);
    let sourcesLeft = 1;
    session?.refer(() => {
      sourcesLeft -= 1;
    });
    const seenLive: boolean[] = [];
    const errors: string[] = [];
    session?.onGone(() => seenLive.push(lesser.session(greater) !== undefined || sourcesLeft > 0));
    for (let i = 0; i < 200; i++) {
      void session?.call('have', { folder, have: {} }).then((result) => {
        if (!result.ok) errors.push(result.error.kind);
        seenLive.push(lesser.session(greater) !== undefined || sourcesLeft > 0);
      });
    }
    await world.runFor(200);
    greater.host.crash({ powerCut: false });
    await world.runUntil(() => errors.length === 200, 2_000);
    expect(errors).toEqual(Array.from({ length: 200 }, () => 'peer-gone'));
    expect(seenLive).toEqual(Array.from({ length: 201 }, () => false));
    const ends = lesser.run.events.filter(({ kind }) => kind === 'session-gone');
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ callsLost: 200 });
  });

  test('SES-5 a frozen peer with work outstanding is suspect after 1.5 s and gone within 4.6 s', async () => {
    const { world, lesser, greater } = await linkedPair('frozen');
    const session = lesser.session(greater);
    greater.host.freeze();
    const startMs = world.nowMs;
    void session?.call('have', { folder, have: {} });
    await world.runUntil(() => session?.suspect() === true);
    expect(world.nowMs - startMs).toBeLessThan(1_600);
    await world.runUntil(() => lesser.session(greater) === undefined);
    expect(world.nowMs - startMs).toBeLessThan(4_700);
    expect(lesser.run.gone.map(({ reason }) => reason)).toEqual(['silent']);
    greater.host.thaw();
    expect(await world.runUntil(() => areLinked(lesser, greater), 5_000)).toBe(true);
  });

  test('SES-5 a silent partition of an idle link is noticed by the idle probe', async () => {
    const { world, lesser, greater } = await linkedPair('partition');
    world.world.net.partition(['one']);
    const startMs = world.nowMs;
    await world.runUntil(() => !lesser.session(greater) && !greater.session(lesser), 60_000);
    expect(world.nowMs - startMs).toBeLessThan(18_500);
    await world.runFor(60_000);
    world.world.net.healPartition();
    expect(await world.runUntil(() => areLinked(lesser, greater), 80_000)).toBe(true);
  });

  test('SES-5 a stall of our own event loop ends nothing', async () => {
    const { world, lesser, greater } = await linkedPair('stall');
    greater.handlers.have = () => new Promise(() => undefined);
    void lesser.session(greater)?.call('have', { folder, have: {} });
    lesser.host.stall(10_000);
    await world.runFor(60_000);
    expect(lesser.run.gone).toEqual([]);
  });

  test('SES-8 after stop there is no link, and none is made', async () => {
    const { world, lesser, greater } = await linkedPair('stop');
    lesser.supervisor.stop();
    expect(lesser.run.gone.map(({ reason }) => reason)).toEqual(['stop']);
    await world.runFor(120_000);
    expect(areLinked(lesser, greater)).toBe(false);
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
  });
});

describe('two links to one device', () => {
  test('SES-3 a restarted peer is accepted at once and the old link is killed', async () => {
    for (const restarting of ['lesser', 'greater'] as const) {
      const pair = await linkedPair(`restart ${restarting}`);
      const { world } = pair;
      const moved = pair[restarting];
      const stayed = restarting === 'lesser' ? pair.greater : pair.lesser;
      // The power cut keeps the network from telling that the old link is dead.
      moved.host.crash({ powerCut: true });
      moved.restart();
      await world.drive(moved.start());
      moved.superviseAll();
      const startMs = world.nowMs;
      expect(
        await world.runUntil(() => areLinked(moved, stayed) && stayed.session(moved)?.incarnation === moved.run.incarnation, 2_000),
      ).toBe(true);
      expect(world.nowMs - startMs).toBeLessThan(200);
      expect(stayed.run.gone.map(({ reason }) => reason)).toEqual(['restarted']);
    }
  });

  test('SES-3 a peer that knows its link dead is accepted at once, whoever dialled before', async () => {
    for (const seed of ['known-dead 1', 'known-dead 2', 'known-dead 3', 'known-dead 4']) {
      const { world, lesser, greater } = await linkedPair(seed);
      for (const knows of [greater, lesser, greater, lesser]) {
        const other = knows === lesser ? greater : lesser;
        // The end is not heard by the other side.
        world.world.net.block(knows.host.name, other.host.name);
        const before = other.session(knows)?.epoch;
        knows.paused.add(other.device);
        knows.superviseAll();
        world.world.net.unblock(knows.host.name, other.host.name);
        expect(other.session(knows)?.epoch).toBe(before);
        knows.paused.clear();
        knows.superviseAll();
        const startMs = world.nowMs;
        expect(await world.runUntil(() => areLinked(knows, other) && other.session(knows)?.epoch !== before, 2_000)).toBe(true);
        expect(world.nowMs - startMs).toBeLessThan(200);
        expect(other.run.gone.at(-1)?.reason).toBe('replaced');
        await world.runFor(10_000);
      }
    }
  });
});

describe('a cloned device', () => {
  test('JRN-5 two runs under one key are noticed by whoever is linked with them, decider or not', async () => {
    for (const clonedName of ['one', 'two']) {
      const world = new SessionWorld('twin');
      const { lesser, greater } = world.addPair();
      const [cloned, friend] = lesser.host.name === clonedName ? [lesser, greater] : [greater, lesser];
      const clone = world.addDevice({ name: 'clone' }, cloned.seed);
      await world.drive(Promise.all([lesser, greater, clone].map((device) => device.start())));
      friend.supervisor.setDevices([
        { device: cloned.device, addresses: [cloned.host.nic.address, clone.host.nic.address], paused: false },
      ]);
      for (const device of [cloned, clone]) device.supervisor.setDevices([device.targetOf(friend)]);
      await world.runFor(60_000);
      expect(
        friend.run.events.some(({ kind }) => kind === 'twin'),
        clonedName,
      ).toBe(true);
    }
  });

  test('JRN-5 restarts are no twins', async () => {
    const { world, lesser, greater } = await linkedPair('restarts');
    for (let i = 0; i < 20; i++) {
      lesser.host.crash({ powerCut: i % 2 === 0 });
      await world.runFor(i * 100);
      lesser.restart();
      await world.drive(lesser.start());
      lesser.superviseAll();
      await world.runFor(20);
      lesser.supervisor.resume();
      await world.runFor(i * 300);
    }
    expect(greater.run.events.filter(({ kind }) => kind === 'twin')).toEqual([]);
  });
});
