import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonoMs } from '../base/index.ts';
import { KIB, MIB, monoMs } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';
import type { FetchDecisions, FetchPath, FetchRequest } from './index.ts';
import { FetchBudget, FetchScheduler } from './index.ts';

const devices = ['A', 'B', 'C', 'D'] as DeviceId[];
const paths: readonly FetchPath[] = ['lan', 'lan', 'wan', 'relay'];
const sizes = [1, 4 * KIB, 64 * KIB, 256 * KIB, MIB];

function block(index: number): BlockRef {
  return { name: index.toString(16).padStart(64, '0') as BlockName, size: sizes[index % sizes.length] ?? 1 };
}

type Move =
  | { readonly kind: 'want'; readonly block: number; readonly sources: readonly number[] }
  | { readonly kind: 'unwant' | 'add-source' | 'gone' | 'missing' | 'corrupt'; readonly block: number; readonly device: number }
  | {
      readonly kind: 'arrive' | 'piece' | 'fail' | 'peer-up' | 'peer-gone' | 'suspect' | 'unsuspect' | 'probe' | 'probe-failed';
      readonly device: number;
    }
  | { readonly kind: 'wait'; readonly ms: number };

const device = fc.integer({ min: 0, max: devices.length - 1 });
const blockIndex = fc.integer({ min: 0, max: 39 });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('want' as const), block: blockIndex, sources: fc.uniqueArray(device) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('unwant' as const, 'add-source' as const, 'gone' as const, 'missing' as const, 'corrupt' as const),
      block: blockIndex,
      device,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('arrive' as const, 'piece' as const), device }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'fail' as const,
        'peer-up' as const,
        'peer-gone' as const,
        'suspect' as const,
        'unsuspect' as const,
        'probe' as const,
        'probe-failed' as const,
      ),
      device,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 300, 1600, 11_000) }) },
);

/** Executes moves as the outside world would, keeps its own books of what is asked, and checks the rules after every decision. */
class World {
  readonly budget = new FetchBudget(8 * MIB, 3 * MIB);
  readonly scheduler = new FetchScheduler(this.budget.share(() => undefined));
  readonly up = new Set<DeviceId>();
  readonly wanted = new Map<BlockName, BlockRef>();
  /** Blocks that each device owes, with their request. */
  readonly owed = new Map<DeviceId, Map<BlockName, { readonly request: number; readonly ref: BlockRef; received: number }>>();
  readonly probed = new Set<DeviceId>();
  /** Devices that refuse or corrupt nothing. */
  readonly honest = new Set<DeviceId>(devices);
  readonly trace: string[] = [];
  now: MonoMs = monoMs(0);

  constructor() {
    for (const each of devices) this.peerUp(each);
  }

  apply(each: Move): void {
    if (each.kind === 'wait') this.now = monoMs(this.now + each.ms);
    else if (each.kind === 'want') this.want(each.block, each.sources);
    else this.#applyOn(each.kind, devices[each.device] as DeviceId, 'block' in each ? block(each.block) : undefined);
    this.decide();
  }

  want(index: number, sources: readonly number[]): void {
    const ref = block(index);
    this.wanted.set(ref.name, ref);
    this.scheduler.want(
      ref,
      sources.map((source) => devices[source] as DeviceId),
      this.now,
    );
  }

  peerUp(each: DeviceId): void {
    this.up.add(each);
    this.owed.set(each, new Map());
    this.probed.delete(each);
    this.scheduler.addPeer(each, paths[devices.indexOf(each)] ?? 'lan', this.now);
  }

  decide(): FetchDecisions {
    const decisions = this.scheduler.decide(this.now);
    this.trace.push(JSON.stringify(decisions));
    for (const { device: from, name, request } of decisions.cancels)
      if (this.owed.get(from)?.get(name)?.request === request) this.owed.get(from)?.delete(name);
    for (const request of decisions.requests) {
      expect(this.up.has(request.device), 'only live peers are asked').toBe(true);
      expect(request.blocks.length).toBeGreaterThan(0);
      expect(request.blocks.length).toBeLessThanOrEqual(64);
      const owes = this.owed.get(request.device) as Map<BlockName, unknown>;
      for (const ref of request.blocks) {
        expect(this.wanted.has(ref.name), 'only wanted blocks are asked').toBe(true);
        expect(owes.has(ref.name), 'nothing is asked twice of the same source at once').toBe(false);
        owes.set(ref.name, { request: request.id, ref, received: 0 });
      }
    }
    for (const each of decisions.probes) this.probed.add(each);
    expect(this.budget.usedBytes).toBeLessThanOrEqual(8 * MIB);
    for (const each of devices) expect(this.budget.usedOf(each)).toBeLessThanOrEqual(3 * MIB);
    return decisions;
  }

  /** The first block that `from` owes comes, wholly or a piece of it. */
  deliver(from: DeviceId, wholly: boolean): boolean {
    const [first] = this.owed.get(from) ?? [];
    if (!first) return false;
    const [name, owed] = first;
    const bytes = wholly ? owed.ref.size - owed.received : Math.min(owed.ref.size - owed.received, 64 * KIB);
    owed.received += bytes;
    this.scheduler.pieceArrived(from, name, bytes, this.now);
    if (owed.received < owed.ref.size) return true;
    this.owed.get(from)?.delete(name);
    this.wanted.delete(name);
    this.scheduler.blockArrived(from, name, 'verified', this.now);
    for (const owes of this.owed.values())
      if (!this.#requestIsOpen(owes, owed.request)) this.scheduler.requestEnded(owed.request, 'done', this.now);
    return true;
  }

  #requestIsOpen(owes: ReadonlyMap<BlockName, { readonly request: number }>, request: number): boolean {
    return [...owes.values()].some((each) => each.request === request);
  }

  #applyOn(kind: Exclude<Move['kind'], 'wait' | 'want'>, on: DeviceId, ref: BlockRef | undefined): void {
    const { scheduler, now } = this;
    switch (kind) {
      case 'unwant':
        this.wanted.delete(ref!.name);
        return scheduler.unwant(ref!.name, now);
      case 'add-source':
        return scheduler.addSource(ref!.name, on, now);
      case 'gone':
      case 'missing':
        if (!this.owed.get(on)?.delete(ref!.name)) return;
        return scheduler.denied(on, ref!.name, kind, now);
      case 'corrupt':
        if (!this.owed.get(on)?.delete(ref!.name)) return;
        this.honest.delete(on);
        return scheduler.blockArrived(on, ref!.name, 'corrupt', now);
      case 'arrive':
      case 'piece':
        this.deliver(on, kind === 'arrive');
        return;
      case 'fail': {
        const [first] = this.owed.get(on)?.values() ?? [];
        if (!first) return;
        for (const [name, each] of this.owed.get(on) ?? []) if (each.request === first.request) this.owed.get(on)?.delete(name);
        return scheduler.requestEnded(first.request, 'failed', now);
      }
      case 'peer-up':
        return this.peerUp(on);
      case 'peer-gone':
        this.up.delete(on);
        this.owed.set(on, new Map());
        return scheduler.removePeer(on, now);
      case 'suspect':
      case 'unsuspect':
        return scheduler.setPeerSuspect(on, kind === 'suspect', now);
      case 'probe':
        if (this.probed.delete(on)) scheduler.probeAnswered(on, now);
        return;
      case 'probe-failed':
        if (this.probed.delete(on)) scheduler.probeFailed(on, now);
        return;
    }
  }
}

describe('any sequence of events', () => {
  test('FET-1 FET-8 keeps the budgets, asks nothing twice of one source at once, and asks only live peers for wanted blocks', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
        const world = new World();
        for (const each of moves) world.apply(each);
      }),
      { numRuns: 300 },
    );
  });

  test('FET-7 leaves no block stuck while a live trusted source exists', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 100 }), (moves) => {
        const world = new World();
        for (const each of moves) world.apply(each);
        heal(world);
        for (let round = 0; round < 4000 && world.wanted.size > 0; round++) {
          let delivered = false;
          // The first device has hung for good: it answers probes and sends nothing.
          for (const each of devices.slice(1)) delivered = world.deliver(each, true) || delivered;
          const { nextWakeMs } = world.decide();
          for (const each of [...world.probed]) {
            world.probed.delete(each);
            world.scheduler.probeAnswered(each, world.now);
          }
          const after = world.decide();
          if (!delivered && after.requests.length === 0) {
            expect(nextWakeMs ?? after.nextWakeMs, `time must be able to help: ${world.wanted.size} blocks`).toBeDefined();
            world.now = monoMs(world.now + Math.max(1, Math.ceil(after.nextWakeMs ?? 1)));
          } else world.now = monoMs(world.now + 1);
        }
        expect(world.wanted.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('FET-1 is decided the same way every time', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        const [one, two] = [new World(), new World()];
        for (const each of moves) one.apply(each);
        for (const each of moves) two.apply(each);
        expect(two.trace).toEqual(one.trace);
      }),
      { numRuns: 100 },
    );
  });
});

/** Everyone is up anew and trusted, nobody is suspect, and everyone but the first has everything. */
function heal(world: World): void {
  for (const each of devices) {
    world.peerUp(each);
    world.scheduler.setPeerSuspect(each, false, world.now);
  }
  world.now = monoMs(world.now + 10_000);
  for (const { name } of world.wanted.values()) for (const each of devices) world.scheduler.addSource(name, each, world.now);
}

test('FET-8 costs per block do not grow with the number of wanted blocks: 60 000 small ones are done in a second', () => {
  const scheduler = new FetchScheduler(new FetchBudget().share(() => undefined));
  for (const each of devices) scheduler.addPeer(each, 'lan', monoMs(0));
  const total = 60_000;
  let [next, done, now] = [0, 0, 0];
  const owed: FetchRequest[] = [];
  while (done < total) {
    for (; next < total && scheduler.wantedCount < 5000; next++)
      scheduler.want({ name: `b${next}` as BlockName, size: 10 * KIB }, devices, monoMs(now));
    owed.push(...scheduler.decide(monoMs(now)).requests);
    const request = owed.shift();
    if (!request) throw new Error('nothing is asked');
    for (const ref of request.blocks) {
      now += 0.01;
      scheduler.pieceArrived(request.device, ref.name, ref.size, monoMs(now));
      scheduler.blockArrived(request.device, ref.name, 'verified', monoMs(now));
      owed.push(...scheduler.decide(monoMs(now)).requests);
      done += 1;
    }
    scheduler.requestEnded(request.id, 'done', monoMs(now));
  }
  expect(scheduler.wantedCount).toBe(0);
});
