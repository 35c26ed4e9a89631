import { describe, expect, test } from 'vitest';
import { KIB, MIB, monoMs } from '../base/index.ts';
import type { BlockName } from '../model/index.ts';
import { Bench, anna, asked, bert, block, blocks, carl } from '../testing/transfer/scheduler-bench.ts';

describe('overdue', () => {
  test.each([
    { ms: 4, size: 64 * KIB, dueMs: 250 },
    { ms: 200, size: 64 * KIB, dueMs: 600 },
    { ms: 900, size: 64 * KIB, dueMs: 1500 },
  ])('FET-4 with a 95th percentile of $ms ms a LAN block is overdue after $dueMs ms', ({ ms, size, dueMs }) => {
    const bench = new Bench().addPeers(anna);
    bench.train(anna, size, ms);
    bench.want(blocks(1, size), anna).decide();
    bench.decide(dueMs - 1);
    expect(bench.scheduler.stateOf(block(0).name)).toBe('asked');
    bench.decide(1);
    expect(bench.scheduler.stateOf(block(0).name)).toBe('overdue');
  });

  test('FET-4 the wait of a block starts with the last byte of the block asked before it', () => {
    const bench = new Bench().addPeers(anna);
    bench.train(anna, 64 * KIB, 40);
    bench.want(blocks(3, 64 * KIB), anna).decide();
    bench.decide(240);
    bench.arrive(anna, block(0));
    bench.decide(200);
    expect(bench.scheduler.stateOf(block(1).name)).toBe('asked');
    bench.decide(60);
    expect(bench.scheduler.stateOf(block(1).name)).toBe('overdue');
  });

  test('FET-4 bytes of a block asked later do not excuse an earlier one', () => {
    const bench = new Bench().addPeers(anna);
    bench.train(anna, 64 * KIB, 40);
    bench.want(blocks(3, 64 * KIB), anna).decide();
    bench.decide(200);
    bench.arrive(anna, block(2));
    bench.decide(60);
    expect(bench.scheduler.stateOf(block(0).name)).toBe('overdue');
  });

  test('FET-4 an overdue block is asked of the alternate, the first answer wins and the other is cancelled', () => {
    const bench = new Bench().addPeers(anna, bert);
    const [first] = bench.want(blocks(1), anna, bert).decide().requests;
    const other = first?.device === anna ? bert : anna;
    const hedge = bench.decide(1100);
    expect(asked(hedge, other)).toEqual([block(0).name]);
    expect(hedge.notes).toContainEqual({ kind: 'hedged', device: other, name: block(0).name });
    bench.arrive(other, block(0));
    expect(bench.decide().cancels).toEqual([{ request: first?.id, device: first?.device, name: block(0).name }]);
  });

  test('FET-4 a late answer that is still useful is used', () => {
    const bench = new Bench().addPeers(anna, bert);
    const [first] = bench.want(blocks(1), anna, bert).decide().requests;
    const [hedge] = bench.decide(1100).requests;
    bench.arrive(first!.device, block(0));
    expect(bench.scheduler.wantedCount).toBe(0);
    expect(bench.decide().cancels).toEqual([{ request: hedge?.id, device: hedge?.device, name: block(0).name }]);
  });

  test('FET-4 hedges stay within 5 % and 8 blocks', () => {
    const bench = new Bench().addPeers(anna);
    bench.scheduler.addPeer(bert, 'wan', bench.now);
    bench.scheduler.setMoreComing(true);
    let hedged = 0;
    // One block in two is late, so that the peer never becomes suspect.
    for (let i = 0; i < 60; i++) {
      bench.want([block(2 * i, 64 * KIB)], anna, bert).decide();
      hedged += bench.decide(1600).notes.filter(({ kind }) => kind === 'hedged').length;
      bench.arrive(anna, block(2 * i, 64 * KIB));
      bench.want([block(2 * i + 1, 64 * KIB)], anna).decide();
      bench.arrive(anna, block(2 * i + 1, 64 * KIB));
      bench.decide();
    }
    expect(hedged).toBeGreaterThanOrEqual(8);
    expect(hedged).toBeLessThanOrEqual(8 + 0.05 * 120);
  });

  test('FET-4 a block late with two sources is asked of the third', () => {
    const bench = new Bench().addPeers(anna, bert, carl).want(blocks(1), anna, bert, carl);
    const devices = [bench.decide(), bench.decide(1600), bench.decide(1600)].flatMap(({ requests }) =>
      requests.map(({ device }) => device),
    );
    expect(devices.toSorted()).toEqual([anna, bert, carl].toSorted());
  });

  test('FET-4 without hedge budget a block moves to the alternate after 10 s in all', () => {
    const bench = new Bench();
    bench.scheduler.addPeer(anna, 'lan', bench.now);
    bench.scheduler.addPeer(bert, 'wan', bench.now);
    for (let i = 0; i < 8; i++) {
      bench.want([block(100 + i)], anna, bert).decide();
      bench.decide(1100);
      bench.arrive(anna, block(100 + i));
      bench.decide();
    }
    bench.want([block(0, MIB)], anna, bert).decide();
    for (let waited = 0; waited < 9900; waited += 100) expect(asked(bench.decide(100))).toEqual([]);
    const moved = bench.decide(200);
    expect(moved.cancels.map(({ device }) => device)).toEqual([anna]);
    expect(asked(moved, bert)).toEqual([block(0).name]);
  });

  test('FET-4 the 10 s hold for an alternate that appears while the block is late, too', () => {
    const bench = new Bench();
    bench.scheduler.addPeer(anna, 'lan', bench.now);
    bench.scheduler.addPeer(bert, 'wan', bench.now);
    for (let i = 0; i < 8; i++) {
      bench.want([block(100 + i)], anna, bert).decide();
      bench.decide(1100);
      bench.arrive(anna, block(100 + i));
      bench.decide();
    }
    bench.want([block(0, MIB)], anna).decide();
    bench.decide(6000);
    bench.scheduler.addSource(block(0).name, bert, bench.now);
    expect(asked(bench.decide())).toEqual([]);
    const { nextWakeMs } = bench.decide();
    expect(nextWakeMs).toBeLessThanOrEqual(4000);
    for (let waited = 0; waited < 3900; waited += 100) expect(asked(bench.decide(100))).toEqual([]);
    expect(asked(bench.decide(200), bert)).toEqual([block(0).name]);
  });

  test('FET-4 near the end of the queue an idle source helps out before the block is overdue', () => {
    const bench = new Bench().addPeers(anna, bert);
    bench.train(anna, 256 * KIB, 100);
    bench.train(bert, 256 * KIB, 100);
    bench.want(blocks(1), anna).decide();
    bench.scheduler.addSource(block(0).name, bert, bench.now);
    bench.scheduler.setMoreComing(true);
    expect(asked(bench.decide(260))).toEqual([]);
    bench.scheduler.setMoreComing(false);
    expect(asked(bench.decide(20), bert)).toEqual([block(0).name]);
    expect(bench.scheduler.stateOf(block(0).name)).toBe('asked');
  });

  test('FET-4 time in which this host did not run counts for nobody', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(1), anna, bert);
    bench.scheduler.setMoreComing(true);
    bench.decide();
    bench.scheduler.stalled(5000);
    expect(bench.decide(5100).notes).toEqual([]);
  });
});

describe('trickles and suspects', () => {
  test('FET-5 a trickle is overdue after 2 s', () => {
    const bench = new Bench();
    bench.scheduler.addPeer(anna, 'wan', bench.now);
    bench.scheduler.addPeer(bert, 'wan', bench.now);
    bench.train(anna, 64 * KIB, 40);
    const owner = bench.want(blocks(1, MIB), anna).decide().requests[0]!.device;
    bench.scheduler.addSource(block(0).name, bert, bench.now);
    let overdueAfterMs = 0;
    for (let ms = 100; ms <= 4000 && overdueAfterMs === 0; ms += 100) {
      bench.now = monoMs(bench.now + 100);
      bench.scheduler.pieceArrived(owner, block(0).name, 100, bench.now);
      const decisions = bench.decide();
      if (decisions.notes.some(({ kind }) => kind === 'overdue')) overdueAfterMs = ms;
    }
    expect(overdueAfterMs).toBeGreaterThanOrEqual(2000);
    expect(overdueAfterMs).toBeLessThanOrEqual(2600);
  });

  test('FET-5 two overdue blocks in a row make a peer suspect: it is probed, and gets nothing new', () => {
    const bench = new Bench().addPeers(anna).want(blocks(2), anna);
    bench.decide();
    const late = bench.decide(1100);
    expect(late.notes).toContainEqual({ kind: 'suspect', device: anna });
    expect(bench.decide().probes.concat(late.probes)).toEqual([anna]);
    bench.want([block(7)], anna);
    expect(asked(bench.decide(50))).toEqual([]);
  });

  test('FET-5 an answered probe restores the peer, and nothing is fetched twice', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(20), anna);
    bench.decide();
    for (let i = 0; i < 20; i++) bench.scheduler.addSource(block(i).name, bert, bench.now);
    bench.scheduler.setMoreComing(true);
    const hedged = asked(bench.decide(1100)).length;
    expect(hedged).toBeLessThanOrEqual(8);
    bench.now = monoMs(bench.now + 30);
    bench.scheduler.probeAnswered(anna, bench.now);
    expect(bench.decide().notes).toContainEqual({ kind: 'restored', device: anna });
    expect(asked(bench.decide(20))).toEqual([]);
    bench.arrive(anna, ...blocks(20));
    expect(bench.scheduler.wantedCount).toBe(0);
  });

  test('FET-4 FET-5 what an unresponsive peer owes is asked elsewhere without counting as hedges', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(18), anna);
    bench.decide();
    for (let i = 0; i < 18; i++) bench.scheduler.addSource(block(i).name, bert, bench.now);
    const taken = new Set<BlockName>();
    let hedges = 0;
    for (let ms = 0; ms < 2000; ms += 50) {
      const decisions = bench.decide(ms === 0 ? 1100 : 50);
      hedges += decisions.notes.filter(({ kind }) => kind === 'hedged').length;
      for (const name of asked(decisions, bert)) {
        taken.add(name);
        bench.arrive(bert, { name, size: 256 * KIB });
      }
    }
    expect(taken.size).toBe(18);
    expect(hedges).toBeLessThanOrEqual(8);
  });

  test('FET-5 a peer that answers probes but never delivers loses its blocks to others at once, and is probed ever more seldom', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(18), anna);
    bench.decide();
    let probes = 0;
    for (let ms = 0; ms < 60_000; ms += 50) {
      const decisions = bench.decide(50);
      probes += decisions.probes.length;
      for (const device of decisions.probes) bench.scheduler.probeAnswered(device, bench.now);
    }
    expect(probes).toBeGreaterThan(2);
    expect(probes).toBeLessThan(20);
  });

  test('FET-5 a source is told as left only when it did not answer its probe in time, once, and as back when it delivers', () => {
    const bench = new Bench().addPeers(anna).want(blocks(4), anna);
    const told: string[] = [];
    const pass = (forMs: number, answersProbes: boolean): void => {
      for (let ms = 0; ms < forMs; ms += 50) {
        const { notes, probes } = bench.decide(50);
        told.push(...notes.map(({ kind }) => kind).filter((kind) => kind !== 'overdue'));
        if (answersProbes) for (const device of probes) bench.scheduler.probeAnswered(device, bench.now);
      }
    };
    bench.decide();
    pass(1100, true);
    bench.arrive(anna, block(0));
    pass(100, true);
    expect(told).toEqual(['suspect', 'restored']);

    pass(60_000, false);
    expect(told.filter((kind) => kind === 'left')).toHaveLength(1);
    bench.scheduler.probeAnswered(anna, bench.now);
    // It answers, and delivers nothing: that is no news.
    pass(60_000, true);
    expect(told.filter((kind) => kind === 'left' || kind === 'back')).toEqual(['left']);
    bench.arrive(anna, block(1));
    pass(50, true);
    expect(told.at(-1)).toBe('back');
  });

  test('SES-5 what the session calls suspect gets no new work and loses its debts', () => {
    const bench = new Bench().addPeers(anna).want(blocks(3), anna);
    bench.decide();
    bench.addPeers(bert);
    for (const { name } of blocks(3)) bench.scheduler.addSource(name, bert, bench.now);
    bench.scheduler.setPeerSuspect(anna, true, bench.now);
    const moved = bench.decide();
    expect(asked(moved, bert)).toHaveLength(3);
    expect(moved.notes.filter(({ kind }) => kind === 'hedged')).toEqual([]);
  });
});
