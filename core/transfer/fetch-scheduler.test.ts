import { describe, expect, test } from 'vitest';
import { KIB, MIB, monoMs } from '../base/index.ts';
import { limits } from '../model/index.ts';
import { FetchBudget, FetchScheduler } from './index.ts';
import { Bench, anna, asked, bert, block, blocks } from '../testing/transfer/scheduler-bench.ts';

describe('asking', () => {
  test('FET-1 a block goes from wanted over asked and overdue to arrived', () => {
    const bench = new Bench();
    const [one] = blocks(1);
    bench.want([one!]);
    expect(bench.scheduler.stateOf(one!.name)).toBe('waiting');
    bench.addPeers(anna);
    bench.scheduler.addSource(one!.name, anna, bench.now);
    expect(bench.scheduler.stateOf(one!.name)).toBe('wanted');
    expect(asked(bench.decide())).toEqual([one!.name]);
    expect(bench.scheduler.stateOf(one!.name)).toBe('asked');
    bench.decide(1600);
    expect(bench.scheduler.stateOf(one!.name)).toBe('overdue');
    bench.arrive(anna, one!);
    expect(bench.scheduler.stateOf(one!.name)).toBeUndefined();
    expect(bench.budget.usedBytes).toBe(0);
  });

  test('FET-2 a late ihave makes an alternate while the block is already asked', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(1), anna);
    expect(asked(bench.decide(), anna)).toHaveLength(1);
    bench.scheduler.addSource(block(0).name, bert, bench.now);
    expect(asked(bench.decide())).toEqual([]);
    expect(asked(bench.decide(1600), bert)).toEqual([block(0).name]);
  });

  test('FET-3 a LAN peer is filled before a WAN peer', () => {
    const bench = new Bench();
    bench.scheduler.addPeer(bert, 'wan', bench.now);
    bench.scheduler.addPeer(anna, 'lan', bench.now);
    const decisions = bench.want(blocks(4), bert, anna).decide();
    expect(decisions.requests.map(({ device }) => device)).toEqual([anna]);
  });

  test('FET-3 shares follow the measured rates', () => {
    const bench = new Bench().addPeers(anna, bert);
    const size = 64 * KIB;
    bench.train(anna, size, 4);
    bench.train(bert, size, 32);
    const decisions = bench.want(blocks(4000, size), anna, bert).decide();
    const [fast, slow] = [asked(decisions, anna).length, asked(decisions, bert).length];
    expect(decisions.requests[0]?.device).toBe(anna);
    expect(slow).toBeGreaterThan(0);
    expect(fast / slow).toBeGreaterThan(4);
  });

  test('FET-3 the last blocks are left to a much faster peer', () => {
    const bench = new Bench().addPeers(anna, bert);
    bench.train(anna, 64 * KIB, 2);
    bench.train(bert, 64 * KIB, 400);
    const decisions = bench.want(blocks(4, 64 * KIB), anna, bert).decide();
    expect(asked(decisions, bert)).toEqual([]);
    expect(asked(decisions, anna)).toHaveLength(4);
  });

  test('FET-8 many small blocks share a request, within count and bytes', () => {
    const bench = new Bench().addPeers(anna).want(blocks(300, 4 * KIB), anna);
    const small = bench.decide();
    expect(small.requests.map((request) => request.blocks.length)).toEqual([64, 64, 64, 64, 44]);
    const other = new Bench().addPeers(anna).want(blocks(40, 512 * KIB), anna);
    for (const request of other.decide().requests) expect(request.blocks.length).toBeLessThanOrEqual(2);
  });

  test('a block that several downloads want is asked once', () => {
    const bench = new Bench().addPeers(anna).want(blocks(1), anna).want(blocks(1), anna);
    expect(asked(bench.decide())).toHaveLength(1);
    expect(bench.scheduler.wantedCount).toBe(1);
  });

  test('a block that is no longer wanted is called off', () => {
    const bench = new Bench().addPeers(anna).want(blocks(1), anna);
    const [request] = bench.decide().requests;
    bench.scheduler.unwant(block(0).name, bench.now);
    expect(bench.decide().cancels).toEqual([{ request: request?.id, device: anna, name: block(0).name }]);
    expect(bench.budget.usedBytes).toBe(0);
  });
});

describe('bad and missing blocks', () => {
  test('FET-6 a corrupt block is fetched elsewhere, and never again from there', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(1), anna);
    bench.decide();
    bench.scheduler.blockArrived(anna, block(0).name, 'corrupt', bench.now);
    bench.scheduler.addSource(block(0).name, anna, monoMs(bench.now + 60_000));
    expect(asked(bench.decide(60_000))).toEqual([]);
    bench.scheduler.addSource(block(0).name, bert, bench.now);
    expect(asked(bench.decide(), bert)).toEqual([block(0).name]);
  });

  test('FET-6 three corrupt blocks make a peer untrusted, which is said', () => {
    const bench = new Bench().addPeers(anna).want(blocks(5), anna);
    bench.decide();
    for (let i = 0; i < 3; i++) bench.scheduler.blockArrived(anna, block(i).name, 'corrupt', bench.now);
    const decisions = bench.decide();
    expect(decisions.notes).toContainEqual({ kind: 'untrusted', device: anna });
    expect(decisions.cancels).toHaveLength(2);
    expect(bench.scheduler.waiting()).toHaveLength(5);
    expect(bench.budget.usedBytes).toBe(0);
  });

  test('FET-6 a denial is charged less than a corrupt block, gone not at all', () => {
    const bench = new Bench().addPeers(anna).want(blocks(50, 4 * KIB), anna);
    bench.decide();
    for (let i = 0; i < 20; i++) bench.scheduler.denied(anna, block(i).name, 'gone', bench.now);
    for (let i = 20; i < 40; i++) bench.scheduler.denied(anna, block(i).name, 'missing', bench.now);
    expect(bench.decide().notes).toEqual([]);
    for (let i = 40; i < 50; i++) bench.scheduler.denied(anna, block(i).name, 'missing', bench.now);
    expect(bench.decide().notes).toContainEqual({ kind: 'untrusted', device: anna });
  });

  test('FET-6 what a reply leaves out without a word counts as denied', () => {
    const bench = new Bench().addPeers(anna).want(blocks(1), anna);
    const [request] = bench.decide().requests;
    bench.scheduler.requestEnded(request!.id, 'done', bench.now);
    expect(bench.scheduler.stateOf(block(0).name)).toBe('waiting');
    bench.scheduler.addSource(block(0).name, anna, bench.now);
    expect(asked(bench.decide())).toEqual([]);
    bench.now = monoMs(bench.now + 6000);
    bench.scheduler.addSource(block(0).name, anna, bench.now);
    expect(asked(bench.decide())).toHaveLength(1);
  });

  test('FET-7 a refused request is repeated after a growing pause, never in a busy loop', () => {
    const bench = new Bench().addPeers(anna).want(blocks(1), anna);
    const askedAt: number[] = [];
    let decisions = bench.decide();
    for (let i = 0; i < 200; i++) {
      for (const request of decisions.requests) {
        askedAt.push(bench.now);
        bench.scheduler.requestEnded(request.id, 'failed', bench.now);
      }
      decisions = bench.decide(50);
    }
    expect(askedAt.length).toBeGreaterThan(3);
    expect(askedAt.length).toBeLessThan(8);
  });

  test('SES-2 FET-7 the end of an epoch takes the peer out of every block at once; a new source continues at once', () => {
    const bench = new Bench().addPeers(anna, bert).want(blocks(3), anna);
    bench.decide();
    bench.scheduler.removePeer(anna, bench.now);
    expect(bench.scheduler.waiting()).toHaveLength(3);
    expect(bench.budget.usedBytes).toBe(0);
    expect(bench.decide()).toMatchObject({ requests: [], nextWakeMs: undefined });
    for (const { name } of blocks(3)) bench.scheduler.addSource(name, bert, bench.now);
    expect(asked(bench.decide(), bert)).toHaveLength(3);
  });
});

describe('bounds', () => {
  test('FET-8 at most the window of a peer is in flight, and never less than one block', () => {
    const bench = new Bench();
    bench.scheduler.addPeer(anna, 'wan', bench.now);
    bench.want(blocks(100, MIB), anna).decide();
    expect(bench.budget.usedBytes).toBe(MIB);
    const lan = new Bench().addPeers(anna).want(blocks(100, MIB), anna);
    lan.decide();
    expect(lan.budget.usedBytes).toBeGreaterThan(2 * MIB);
    expect(lan.budget.usedBytes).toBeLessThanOrEqual(limits.blocksInFlightPerPeerBytesMax);
  });

  test('FET-8 a folder that had to go without gets its part before the busy one takes more', () => {
    const budget = new FetchBudget(8 * MIB, 8 * MIB);
    const woken: string[] = [];
    const [busy, other] = [budget.share(() => woken.push('busy')), budget.share(() => woken.push('other'))];
    for (let i = 0; i < 8; i++) expect(busy.tryTake(anna, MIB)).toBe(true);
    expect(other.tryTake(anna, MIB)).toBe(false);
    busy.beginRound();
    busy.give(anna, MIB);
    expect(woken).toEqual(['other']);
    expect(busy.tryTake(anna, MIB)).toBe(false);
    other.beginRound();
    expect(other.tryTake(anna, MIB)).toBe(true);
  });

  test('FET-8 bytes promised to silent peers are taken back when they are all there is', () => {
    const budget = new FetchBudget(4 * MIB, 4 * MIB);
    const scheduler = new FetchScheduler(budget.share(() => undefined));
    scheduler.addPeer(anna, 'lan', monoMs(0));
    for (const ref of blocks(4, MIB)) scheduler.want(ref, [anna], monoMs(0));
    scheduler.decide(monoMs(0));
    expect(budget.usedBytes).toBe(4 * MIB);
    scheduler.setPeerSuspect(anna, true, monoMs(10));
    scheduler.addPeer(bert, 'lan', monoMs(10));
    scheduler.want(block(9, MIB), [bert], monoMs(10));
    const decisions = scheduler.decide(monoMs(10));
    expect(asked(decisions, bert)).toEqual([block(9).name]);
    expect(decisions.cancels).toHaveLength(4);
  });
});
