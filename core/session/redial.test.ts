import { describe, expect, test } from 'vitest';
import { areLinked, linkedPair } from '../testing/session/linked-pair.ts';
import { SessionWorld } from '../testing/session/session-world.ts';

describe('after a resume', () => {
  test('SES-6 discovery is renewed', async () => {
    const { lesser } = await linkedPair('renew');
    let renewed = 0;
    lesser.run.transport.renewDiscovery = () => (renewed += 1);
    lesser.supervisor.resume();
    expect(renewed).toBe(1);
  });

  test('SES-6 the last address is dialled while a link that will not prove itself is still in doubt', async () => {
    const { world, lesser, greater } = await linkedPair('silent death');
    const before = lesser.session(greater)?.epoch;
    lesser.host.suspend();
    await world.runFor(5_000);
    lesser.host.nic.changeAddress();
    lesser.host.resume();
    lesser.supervisor.resume();
    const startMs = world.nowMs;
    const isNew = (): boolean => areLinked(lesser, greater) && lesser.session(greater)?.epoch !== before;
    expect(await world.runUntil(isNew, 5_000)).toBe(true);
    // Sooner than the second that the old link has for its proof.
    expect(world.nowMs - startMs).toBeLessThan(900);
  });
});

describe('after a change of the network', () => {
  test('SES-4 SES-6 an idle link that it killed silently is found out by asking for proof, long before the next routine probe', async () => {
    const { world, lesser, greater } = await linkedPair('moved while idle');
    const before = lesser.session(greater)?.epoch;
    lesser.host.nic.changeAddress();
    const startMs = world.nowMs;
    await world.runUntil(() => areLinked(lesser, greater) && lesser.session(greater)?.epoch !== before, 30_000);
    expect(world.nowMs - startMs).toBeLessThan(3_000);
  });

  test('SES-4 a dial that has gone to the old network is begun anew at once', async () => {
    const world = new SessionWorld('stale dial');
    const { lesser, greater } = world.addPair();
    await world.drive(Promise.all([lesser.start(), greater.start()]));
    world.world.net.partition(['one']);
    lesser.superviseAll();
    greater.supervisor.setDevices([{ ...greater.targetOf(lesser), addresses: [] }]);
    await world.runFor(2_200);
    world.world.net.healPartition();
    lesser.supervisor.networkChanged();
    const startMs = world.nowMs;
    expect(await world.runUntil(() => areLinked(lesser, greater), 10_000)).toBe(true);
    expect(world.nowMs - startMs).toBeLessThan(500);
  });
});

describe('dials', () => {
  test('SES-4 one that the transport forgets ends by itself, and another one follows', async () => {
    const world = new SessionWorld('forgotten dial');
    const { lesser, greater } = world.addPair();
    await world.drive(Promise.all([lesser.start(), greater.start()]));
    const { transport } = lesser.run;
    const dial = transport.dial.bind(transport);
    let dials = 0;
    transport.dial = (...call) => ((dials += 1) === 1 ? new Promise(() => undefined) : dial(...call));
    greater.supervisor.setDevices([{ ...greater.targetOf(lesser), addresses: [] }]);
    lesser.superviseAll();
    expect(await world.runUntil(() => areLinked(lesser, greater), 30_000)).toBe(true);
    expect(dials).toBe(2);
  });

  test('SES-4 SES-7 a device that said that it sleeps is not called at once, and never given up', async () => {
    const { world, lesser, greater } = await linkedPair('let sleep');
    const { transport } = greater.run;
    const dial = transport.dial.bind(transport);
    let dials = 0;
    transport.dial = (...call) => ((dials += 1), dial(...call));
    await world.drive(lesser.supervisor.suspend());
    lesser.host.suspend();
    await world.runFor(5_000);
    expect(dials).toBe(0);
    expect(greater.supervisor.supervisionInvariant()).toEqual([]);
    await world.runFor(60_000);
    expect(dials).toBeGreaterThan(0);
  });

  test('SES-4 links that break as soon as they are there do not make anybody spin', async () => {
    const { world, lesser, greater } = await linkedPair('short-lived');
    const links = (): number => lesser.run.events.filter(({ kind }) => kind === 'session-up').length;
    const before = links();
    for (let i = 0; i < 600; i++) {
      await world.runFor(100);
      world.world.net.resetConnections('one', 'two');
    }
    expect(links() - before).toBeGreaterThan(3);
    expect(links() - before).toBeLessThan(40);
    expect(await world.runUntil(() => areLinked(lesser, greater), 80_000)).toBe(true);
  });
});
