import { describe, expect, test } from 'vitest';
import { GIB, KIB, MIB, monoMs } from '../base/index.ts';
import type { BlockRef } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { PeerFarm } from '../testing/transfer/peer-farm.ts';
import { Bench, anna, asked, bert, block, blocks } from '../testing/transfer/scheduler-bench.ts';
import { FetchBudget, fetchTuning } from './index.ts';

/** One byte in 50 s. */
const trickleBytesPerMs = 1 / 50_000;

function farm(): PeerFarm {
  return new PeerFarm(new FetchBudget());
}

/** How often a block was asked more than once. */
function askedAgain({ askedCount }: PeerFarm): number {
  return [...askedCount.values()].reduce((sum, count) => sum + count - 1, 0);
}

function sizeOf(refs: readonly BlockRef[]): number {
  return refs.reduce((sum, { size }) => sum + size, 0);
}

describe('a source that fails', () => {
  test('FET-4 one that hangs right after it said to have the blocks costs less than two seconds', () => {
    const peers = farm();
    const hung = peers.addPeer('hung', { hung: true });
    const well = peers.addPeer('well');
    peers.want(blocks(40), [hung]);
    peers.runFor(100);
    peers.addSource(blocks(40), well);
    peers.finish(10_000);
    expect(peers.longestGapMs).toBeLessThan(2000);
    expect(peers.receivedBytesOf.get(hung.device)).toBeUndefined();
  });

  test('FET-4 FET-5 seven of ten sources that hang cost less than two seconds', () => {
    const peers = farm();
    const all = Array.from({ length: 10 }, (_, index) => peers.addPeer(`p${index}`, { hung: index < 7 }));
    peers.want(blocks(200), all);
    peers.finish(30_000);
    expect(peers.longestGapMs).toBeLessThan(2000);
  });

  test.each([
    { kind: 'one byte in 50 s', bytesPerMs: trickleBytesPerMs },
    { kind: 'a thousandth of the rate of the others', bytesPerMs: 10 },
  ])('FET-5 a source that answers fast and sends $kind is left', ({ bytesPerMs }) => {
    const peers = farm();
    const slow = peers.addPeer('slow', { bytesPerMs, latencyMs: 1 });
    const well = peers.addPeer('well', { latencyMs: 20 });
    peers.want(blocks(400), [slow, well]);
    expect(peers.finish(60_000)).toBeLessThan(15_000);
    expect(peers.longestGapMs).toBeLessThan(fetchTuning.trickleMs + 1000);
  });

  test('FET-5 a source that falls from its rate to a trickle midway is left', () => {
    const peers = farm();
    const all = [peers.addPeer('one'), peers.addPeer('two')];
    peers.want(blocks(400), all);
    peers.runFor(1000);
    all[0]!.bytesPerMs = trickleBytesPerMs;
    peers.finish(30_000);
    expect(peers.longestGapMs).toBeLessThan(fetchTuning.trickleMs + 1000);
  });

  test('FET-5 one that stands still for 30 s is used again afterwards, and nothing is fetched twice', () => {
    const peers = farm();
    const sleeper = peers.addPeer('sleeper', { answersProbes: false });
    const other = peers.addPeer('other', { bytesPerMs: 2 * KIB });
    const refs = blocks(1600);
    peers.want(refs, [sleeper, other]);
    peers.runFor(2000);
    sleeper.hung = true;
    const before = peers.receivedBytesOf.get(sleeper.device) ?? 0;
    peers.runFor(30_000);
    sleeper.hung = false;
    peers.finish(200_000);
    expect(before).toBeGreaterThan(0);
    expect(peers.receivedBytesOf.get(sleeper.device)).toBeGreaterThan(2 * before);
    expect(peers.notes.filter(({ kind }) => kind === 'restored').length).toBeGreaterThan(0);
    expect(peers.arrivedBytes).toBe(sizeOf(refs));
    // Only what was on its way when it stopped was asked of both.
    expect(askedAgain(peers) * 256 * KIB).toBeLessThanOrEqual(limits.blocksInFlightPerPeerBytesMax);
  });

  test('SES-2 FET-5 one that comes back with a new epoch is used again, and what came is not asked again', () => {
    const peers = farm();
    const sleeper = peers.addPeer('sleeper');
    const other = peers.addPeer('other', { bytesPerMs: KIB });
    const refs = blocks(800);
    peers.want(refs, [sleeper, other]);
    peers.runFor(2000);
    peers.dropPeer(sleeper.device);
    peers.runFor(30_000);
    const left = refs.filter(({ name }) => peers.scheduler.stateOf(name) !== undefined);
    peers.addSource(left, peers.addPeer('sleeper'));
    const took = peers.finish(60_000);
    expect(took).toBeLessThan((sizeOf(left) / KIB) * 0.5);
    expect(askedAgain(peers) * 256 * KIB).toBeLessThanOrEqual(limits.blocksInFlightPerPeerBytesMax);
  });

  test('FET-7 the only one that stands still is known by name, and another one continues at once', () => {
    const peers = farm();
    const hung = peers.addPeer('hung');
    peers.want(blocks(100), [hung]);
    peers.runFor(500);
    expect(peers.scheduler.standsStillMs(hung.device, peers.now)).toBeUndefined();
    hung.hung = true;
    peers.runFor(fetchTuning.standstillMs - 500);
    expect(peers.scheduler.standsStillMs(hung.device, peers.now)).toBeUndefined();
    peers.runFor(60_000);
    expect(peers.scheduler.standsStillMs(hung.device, peers.now)).toBeGreaterThan(59_000);
    const [before, well] = [peers.scheduler.wantedCount, peers.addPeer('well')];
    peers.addSource(blocks(100), well);
    peers.runFor(1000);
    expect(peers.scheduler.wantedCount).toBeLessThan(before);
    expect(peers.scheduler.standsStillMs(well.device, peers.now)).toBeUndefined();
    hung.hung = false;
    peers.finish(10_000);
    expect(peers.scheduler.standsStillMs(hung.device, peers.now)).toBeUndefined();
  });

  test('FET-7 without any other source there is no busy loop, whether it answers probes or not', () => {
    for (const answersProbes of [true, false]) {
      const peers = farm();
      const hung = peers.addPeer('hung', { hung: true, answersProbes });
      peers.want(blocks(100), [hung]);
      peers.runFor(120_000);
      expect(peers.probes).toBeGreaterThan(0);
      expect(peers.probes).toBeLessThan(20);
      expect(askedAgain(peers)).toBe(0);
      expect(peers.scheduler.standsStillMs(hung.device, peers.now)).toBeGreaterThan(100_000);
    }
  });
});

describe('patience', () => {
  test('FET-4 25 blocks that are missing at once: none is late because of those before it', () => {
    const peers = farm();
    // 2.5 s for all of them, above any bound of a single one.
    const source = peers.addPeer('source', { bytesPerMs: 2.5 * KIB });
    peers.addPeer('idle');
    peers.scheduler.setMoreComing(true);
    peers.want(blocks(25), [source]);
    expect(peers.finish(10_000)).toBeGreaterThan(2000);
    expect(peers.notes).toEqual([]);
  });

  test.each(['lan', 'wan', 'relay'] as const)(
    'FET-4 FET-8 1 GiB through 512 KiB/s (%s): nothing is late, nothing asked twice, and no more in flight than the link carries',
    (path) => {
      const peers = farm();
      const bytesPerMs = (512 * KIB) / 1000;
      const source = peers.addPeer('slow link', { path, bytesPerMs, latencyMs: 40 });
      const size = MIB;
      let mostInFlight = 0;
      // Wanted as files open: a few thousand blocks at a time are known.
      for (let done = 0; done < GIB; done += 64 * MIB) {
        const refs = Array.from({ length: 64 }, (_, index) => block(done / size + index, size));
        peers.want(refs, [source]);
        while (peers.scheduler.wantedCount > 0) {
          peers.runFor(10_000);
          if (done > 0) mostInFlight = Math.max(mostInFlight, peers.budget.usedBytes);
        }
      }
      expect(peers.arrivedBytes).toBe(GIB);
      expect(askedAgain(peers)).toBe(0);
      expect(peers.notes).toEqual([]);
      expect(peers.probes).toBe(0);
      // Never less than one block; here the window is smaller than that.
      expect(mostInFlight).toBeLessThanOrEqual(size);
    },
  );
});

describe('what hedging costs', () => {
  test('FET-4 hedged bytes stay within 5 % of what came and 8 blocks, however often sources hiccup', () => {
    const peers = farm();
    const all = [peers.addPeer('a'), peers.addPeer('b'), peers.addPeer('c', { path: 'wan', bytesPerMs: KIB, latencyMs: 60 })];
    const refs = blocks(3000);
    peers.want(refs, all);
    let turn = 0;
    while (peers.scheduler.wantedCount > 0) {
      const hiccup = all[turn++ % all.length]!;
      hiccup.hung = true;
      peers.runFor(700);
      hiccup.hung = false;
      peers.runFor(900);
    }
    expect(turn).toBeGreaterThan(10);
    expect(peers.arrivedBytes).toBeLessThan(sizeOf(refs) * 1.05 + 8 * 256 * KIB);
    expect(peers.hedgedBytes).toBeLessThanOrEqual(fetchTuning.hedgeFraction * peers.arrivedBytes + fetchTuning.hedgeFreeBlocks * 256 * KIB);
  });

  test('FET-4 the last blocks of a slow source are asked of an idle one too', () => {
    const peers = farm();
    const slow = peers.addPeer('slow', { bytesPerMs: KIB });
    const fast = peers.addPeer('fast');
    peers.want(blocks(8), [slow]);
    peers.runFor(100);
    peers.addSource(blocks(8), fast);
    peers.finish(5000);
    expect(askedAgain(peers)).toBeGreaterThan(1);
    expect(peers.receivedBytesOf.get(fast.device)).toBeGreaterThan(256 * KIB);
  });
});

describe('several downloads', () => {
  test('FET-8 two that share peers both get on, within one memory', () => {
    const budget = new FetchBudget();
    const one = new PeerFarm(budget);
    const two = new PeerFarm(budget);
    for (const peers of [one, two]) {
      const sources = [
        peers.addPeer('a', { bytesPerMs: 100 * KIB, latencyMs: 300 }),
        peers.addPeer('b', { bytesPerMs: 100 * KIB, latencyMs: 300 }),
      ];
      peers.want(blocks(1000), sources);
    }
    for (let ms = 0; ms < 60_000 && one.scheduler.wantedCount + two.scheduler.wantedCount > 0; ms += 5) {
      one.runFor(5);
      two.runFor(5);
      if (ms === 3000) for (const { scheduler } of [one, two]) expect(scheduler.wantedCount).toBeLessThan(1000);
    }
    expect([one, two].map(({ scheduler }) => scheduler.wantedCount)).toEqual([0, 0]);
    expect(budget.usedBytes).toBe(0);
  });

  test('FET-5 FET-8 one whose sources all hang leaves the other its memory', () => {
    const budget = new FetchBudget();
    const [stuck, free] = [new PeerFarm(budget), new PeerFarm(budget)];
    const hung = Array.from({ length: 5 }, (_, index) => stuck.addPeer(`h${index}`, { bytesPerMs: 200 * KIB, latencyMs: 200 }));
    stuck.want(blocks(3000), hung);
    stuck.runFor(2000);
    for (const peer of hung) Object.assign(peer, { hung: true, answersProbes: false });
    const source = free.addPeer('well');
    free.want(blocks(100), [source]);
    for (let ms = 0; ms < 20_000 && free.scheduler.wantedCount > 0; ms += 5) {
      stuck.runFor(5);
      free.runFor(5);
    }
    expect(free.scheduler.wantedCount).toBe(0);
  });
});

describe('calling off', () => {
  /** A block brought into one state. */
  const states: Readonly<Record<string, (bench: Bench) => void>> = {
    waiting: (bench) => void bench.want(blocks(1)).decide(),
    wanted: (bench) => void bench.addPeers(anna).want(blocks(1), anna),
    asked: (bench) => void bench.addPeers(anna).want(blocks(1), anna).decide(),
    'partly here': (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.scheduler.pieceArrived(anna, block(0).name, 64 * KIB, bench.now);
      bench.decide(10);
    },
    'being verified': (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.scheduler.pieceArrived(anna, block(0).name, 256 * KIB, bench.now);
      bench.decide(10);
    },
    overdue: (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.decide(1600);
    },
    hedged: (bench) => {
      bench.addPeers(anna, bert).want(blocks(1), anna, bert).decide();
      bench.decide(1600);
    },
    'owed by a suspect': (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.scheduler.setPeerSuspect(anna, true, bench.now);
      bench.decide(10);
    },
    denied: (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.scheduler.denied(anna, block(0).name, 'missing', bench.now);
      bench.decide(10);
    },
    corrupt: (bench) => {
      bench.addPeers(anna).want(blocks(1), anna).decide();
      bench.scheduler.blockArrived(anna, block(0).name, 'corrupt', bench.now);
      bench.decide(10);
    },
  };

  test.each(Object.keys(states))('FET-1 a block that is %s leaves nothing behind, and may be wanted again', (state) => {
    const bench = new Bench();
    states[state]?.(bench);
    bench.scheduler.unwant(block(0).name, bench.now);
    bench.decide();
    expect(bench.budget.usedBytes).toBe(0);
    expect(bench.scheduler.wantedCount).toBe(0);
    expect(bench.scheduler.stateOf(block(0).name)).toBeUndefined();
    expect(asked(bench.decide(20_000))).toEqual([]);
    const carl = bench.addPeers(bert);
    bench.now = monoMs(bench.now + 1);
    expect(asked(carl.want(blocks(1), bert).decide(), bert)).toEqual([block(0).name]);
  });
});
