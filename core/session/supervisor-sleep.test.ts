import { describe, expect, test } from 'vitest';
import { ok } from '../base/index.ts';
import { areLinked, linkedPair } from '../testing/session/linked-pair.ts';
import { SessionWorld } from '../testing/session/session-world.ts';
import type { SuspendKind } from '../testing/sim/index.ts';

describe.each<SuspendKind>(['linux', 'mac-windows'])('sleep on a %s clock', (suspendKind) => {
  test('SES-6 after a sleep without notice the link is live again within 1 s of the resume', async () => {
    for (const sleepMs of [5_000, 40_000, 10 * 60_000]) {
      const { world, lesser, greater } = await linkedPair(`sleep ${sleepMs}`, suspendKind);
      lesser.host.suspend();
      await world.runFor(sleepMs);
      lesser.host.resume();
      const startMs = world.nowMs;
      lesser.supervisor.resume();
      const usable = (): boolean => areLinked(lesser, greater) && lesser.session(greater)?.suspect() === false;
      await world.runUntil(usable, 10_000);
      expect(world.nowMs - startMs, `${sleepMs} ms asleep`).toBeLessThan(1_000);
      await world.runFor(30_000);
      expect(areLinked(lesser, greater)).toBe(true);
      expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
    }
  });

  test('SES-6 a resume with the network 20 s late is live within 2 s of the network', async () => {
    const { world, lesser, greater } = await linkedPair('late network', suspendKind);
    lesser.host.suspend();
    await world.runFor(120_000);
    lesser.host.resume({ networkLateMs: 20_000 });
    lesser.supervisor.resume();
    await world.runFor(19_900);
    const startMs = world.nowMs;
    expect(await world.runUntil(() => areLinked(lesser, greater), 2_000)).toBe(true);
    expect(world.nowMs - startMs).toBeLessThan(2_000);
  });

  test('SES-6 a resume that was none keeps the link, with nothing dialled for long', async () => {
    const { world, lesser, greater } = await linkedPair('false resume', suspendKind);
    for (let i = 0; i < 5; i++) {
      lesser.supervisor.resume();
      greater.supervisor.resume();
      await world.runFor(3_000);
    }
    expect(areLinked(lesser, greater)).toBe(true);
  });

  test('SES-7 on suspend the peers hear of it at once and move on', async () => {
    const { world, lesser, greater } = await linkedPair('farewell', suspendKind);
    greater.handlers.have = async () => ok({ have: {} });
    const startMs = world.nowMs;
    await world.drive(lesser.supervisor.suspend());
    expect(world.nowMs - startMs).toBeLessThan(100);
    await world.runFor(10);
    expect(greater.run.gone.map(({ reason }) => reason)).toEqual(['peer-asleep']);
    expect(lesser.run.gone.map(({ reason }) => reason)).toEqual(['suspend']);
    expect(greater.supervisor.linkState(lesser.device)).toMatchObject({ kind: 'asleep' });
    expect(lesser.session(greater)).toBeUndefined();
    expect(lesser.supervisor.supervisionInvariant()).toEqual([]);
    lesser.host.suspend();
    await world.runFor(3 * 60_000);
    expect(greater.supervisor.linkState(lesser.device)).toMatchObject({ kind: 'asleep' });
    lesser.host.resume();
    lesser.supervisor.resume();
    expect(await world.runUntil(() => areLinked(lesser, greater), 1_000)).toBe(true);
    expect(greater.supervisor.linkState(lesser.device)).toMatchObject({ kind: 'live' });
  });

  test('SES-6 SES-7 a farewell that a resume has overtaken ends nothing that came after', async () => {
    const world = new SessionWorld('overtaken');
    const { lesser, greater } = world.addPair({ suspendKind });
    const frozen = world.addDevice({ name: 'frozen', suspendKind });
    await world.startAll();
    const isLinked = (): boolean => areLinked(lesser, greater);
    expect(await world.runUntil(() => isLinked() && areLinked(lesser, frozen), 5_000)).toBe(true);
    frozen.host.freeze();
    const farewell = lesser.supervisor.suspend();
    await world.runFor(500);
    expect(lesser.session(greater)).toBeUndefined();
    lesser.supervisor.resume();
    expect(await world.runUntil(isLinked, 1_000)).toBe(true);
    const epoch = lesser.session(greater)?.epoch;
    await world.drive(farewell);
    await world.runFor(1_000);
    expect(lesser.session(greater)?.epoch).toBe(epoch);
  });

  test('SES-7 a farewell that nobody answers takes no more than 2 s', async () => {
    const { world, lesser, greater } = await linkedPair('farewell to nobody', suspendKind);
    world.world.net.partition(['one']);
    const startMs = world.nowMs;
    await world.drive(lesser.supervisor.suspend());
    expect(world.nowMs - startMs).toBeLessThanOrEqual(2_001);
    expect(lesser.session(greater)).toBeUndefined();
  });
});
