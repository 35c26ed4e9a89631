import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import type { Floor, FolderId, HaveMark, JournalId } from '../model/index.ts';
import {
  allChains,
  appendBatch,
  awaitFloor,
  isEmptyChain,
  markOf,
  noChains,
  pendingChainsMax,
  placeBatch,
  placeFloor,
  planSending,
  settleChains,
  startChain,
} from './chains.ts';
import type { Chains, DropRange } from './chains.ts';

interface Link {
  readonly first: number;
  readonly last: number;
  readonly previousHash: string;
  readonly hash: string;
}

function floorAt(firstSequence: number, atSequence: number): Floor {
  return { folder: '' as FolderId, journal: '' as JournalId, firstSequence, atSequence, bytes: new Uint8Array() };
}

/** A device that holds links instead of batches. */
class Holder {
  chains: Chains = noChains;
  links: Link[] = [];

  take(link: Link): 'taken' | 'duplicate' | 'gap' | 'broken' {
    const place = placeBatch(this.chains, link.first, link.last, link.previousHash, link.hash);
    if (place.kind !== 'append') return place.kind;
    this.links.push(link);
    this.#settle(appendBatch(this.chains, place.chain, link.last, link.previousHash, link.hash), []);
    return 'taken';
  }

  takeFloor(floor: Floor): void {
    const place = placeFloor(this.chains, floor);
    if (place.kind === 'known') return;
    if (place.kind === 'inside') this.#settle(awaitFloor(this.chains, floor), []);
    else {
      const started = startChain(this.chains, floor);
      this.#settle(started.chains, started.drops);
    }
  }

  #settle(chains: Chains, drops: readonly DropRange[]): void {
    const settled = settleChains(chains);
    this.chains = settled.chains;
    for (const { from, before } of [...drops, ...settled.drops])
      this.links = this.links.filter((link) => link.first < from || link.first >= before);
    this.check();
  }

  /** The links are exactly what the chains say, and the main chain starts at 1 or at a floor that it satisfies. */
  check(): void {
    const left = [...this.links];
    for (const chain of allChains(this.chains)) {
      for (let next = chain.first; next <= chain.end;) {
        const [link] = left.splice(
          left.findIndex(({ first }) => first === next),
          1,
        );
        expect(link?.first, 'a link of each chain').toBe(next);
        next = present(link, 'link').last + 1;
      }
    }
    expect(left, 'no link outside of the chains').toEqual([]);
    const { main } = this.chains;
    if (main.first > 1) expect(main.end).toBeGreaterThanOrEqual(present(main.floor, 'floor').atSequence);
    expect(this.chains.pending.length).toBeLessThanOrEqual(pendingChainsMax);
  }
}

/** Writes a journal. */
class Author extends Holder {
  write(count: number): void {
    const { main } = this.chains;
    const link = { first: main.end + 1, last: main.end + count, previousHash: main.endHash, hash: `hash ${main.end + count}` };
    expect(this.take(link)).toBe('taken');
  }

  /** Signs a floor at one of the links that it still holds. */
  raise(which: number): void {
    const link = this.links[which % Math.max(1, this.links.length)];
    if (link && link.first > this.chains.main.first) this.takeFloor(floorAt(link.first, this.chains.main.end));
  }
}

function transfer(from: Holder, to: Holder, itemsMax: number): number {
  let sent = 0;
  for (;;) {
    const plan = planSending(from.chains, markOf(to.chains));
    if (!plan) return sent;
    if (plan.floor && sent < itemsMax) {
      to.takeFloor(plan.floor);
      sent += 1;
    }
    for (let next = plan.from; next <= plan.to;) {
      if (sent >= itemsMax) return sent;
      const link = present(
        from.links.find(({ first }) => first === next),
        'planned link',
      );
      // A repetition is possible where they have chains that their mark does not tell.
      expect(['taken', 'duplicate']).toContain(to.take(link));
      sent += 1;
      next = link.last + 1;
    }
    expect(sent, 'a transfer ends').toBeLessThan(5000);
    if (sent >= itemsMax) return sent;
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('raise' as const), which: fc.nat(20) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('transfer' as const),
      from: fc.nat(3),
      to: fc.integer({ min: 1, max: 3 }),
      items: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

describe('JRN-2 chains', () => {
  test('JRN-2 whatever is passed on in whatever parts, everyone ends with the author’s chain, and nothing is dropped too early', () => {
    let pendings = 0;
    let several = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (steps) => {
        const author = new Author();
        const holders: Holder[] = [author, new Holder(), new Holder(), new Holder()];
        for (const each of steps) {
          if (each.kind === 'write') author.write(each.count);
          else if (each.kind === 'raise') author.raise(each.which);
          else if (each.from !== each.to) transfer(present(holders[each.from], 'holder'), present(holders[each.to], 'holder'), each.items);
          for (const { chains } of holders) {
            if (chains.pending.length > 0) pendings += 1;
            if (chains.pending.length > 1) several += 1;
          }
        }
        for (const holder of holders.slice(1)) {
          transfer(author, holder, Infinity);
          expect(markOf(holder.chains)).toEqual(markOf(author.chains));
          expect(holder.links.length).toBe(author.links.length);
        }
      }),
      { numRuns: 300 },
    );
    expect([pendings > 100, several > 5], 'the property is worth something only with chains that wait').toEqual([true, true]);
  });

  test('JRN-2 relays even out among themselves when the author is away', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), (steps) => {
        const author = new Author();
        const holders: Holder[] = [author, new Holder(), new Holder(), new Holder()];
        for (const each of steps) {
          if (each.kind === 'write') author.write(each.count);
          else if (each.kind === 'raise') author.raise(each.which);
          else if (each.from !== each.to) transfer(present(holders[each.from], 'holder'), present(holders[each.to], 'holder'), each.items);
        }
        const relays = holders.slice(1);
        for (let round = 0; round < 6; round++)
          for (const from of relays) for (const to of relays) if (from !== to) transfer(from, to, Infinity);
        // Nobody has anything left that another one could use.
        for (const from of relays) for (const to of relays) expect(planSending(from.chains, markOf(to.chains))).toBeUndefined();
        const ends = relays.map(({ chains }) => Math.max(...allChains(chains).map((chain) => (isEmptyChain(chain) ? 0 : chain.end))));
        expect(new Set(ends).size, 'all know the newest batch that any of them has').toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  test('JRN-2 a batch that cannot follow is told from one that is missing', () => {
    const holder = new Holder();
    expect(holder.take({ first: 1, last: 2, previousHash: 'something', hash: 'x' })).toBe('broken');
    expect(holder.take({ first: 1, last: 3, previousHash: '', hash: 'a' })).toBe('taken');
    expect(holder.take({ first: 5, last: 5, previousHash: 'b', hash: 'c' })).toBe('gap');
    expect(holder.take({ first: 4, last: 4, previousHash: 'b', hash: 'c' })).toBe('broken');
    expect(holder.take({ first: 3, last: 4, previousHash: 'a', hash: 'c' })).toBe('broken');
    expect(holder.take({ first: 2, last: 3, previousHash: 'a', hash: 'c' })).toBe('duplicate');
    expect(holder.take({ first: 4, last: 4, previousHash: 'a', hash: 'd' })).toBe('taken');
    holder.takeFloor(floorAt(10, 12));
    expect(holder.take({ first: 10, last: 11, previousHash: 'i', hash: 'k' })).toBe('taken');
    expect(holder.take({ first: 5, last: 10, previousHash: 'd', hash: 'i' })).toBe('broken');
    expect(holder.take({ first: 5, last: 9, previousHash: 'd', hash: 'other' }), 'it leads to another journal than the one held').toBe(
      'broken',
    );
    expect(holder.take({ first: 5, last: 9, previousHash: 'd', hash: 'i' })).toBe('taken');
    expect(markOf(holder.chains)).toEqual({ end: 11, endHash: 'k', floor: 10 } satisfies HaveMark);
    expect(holder.take({ first: 12, last: 12, previousHash: 'k', hash: 'l' })).toBe('taken');
    expect(holder.chains.main.first).toBe(10);
    expect(holder.take({ first: 1, last: 3, previousHash: '', hash: 'a' })).toBe('duplicate');
  });
});
