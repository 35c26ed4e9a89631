import { describe, expect, test } from 'vitest';
import { KIB, deferred } from '../base/index.ts';
import { Room, noise } from '../testing/exchange/exchange-bed.ts';
import { Prng } from '../testing/index.ts';

const actions = 40;

/** People edit, links come and go, programs stand still; then everything heals. Returns how much of each happened. */
async function live(room: Room, prng: Prng): Promise<{ readonly edits: number; readonly cuts: number; readonly freezes: number }> {
  let [edits, cuts, freezes] = [0, 0, 0];
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const;
  for (let action = 0; action < actions; action++) {
    const who = room.at(prng.integer(0, 2));
    const [a, b] = prng.pick(pairs);
    const dice = prng.integer(0, 9);
    if (dice < 5) {
      edits += 1;
      const name = `f${prng.integer(0, 7)}.txt`;
      if (dice === 0 && who.bed.exists(name)) who.bed.remove(name);
      else who.bed.write(name, noise(prng.pick([10, 5 * KIB, 300 * KIB]), action + 1));
    } else if (dice < 8) {
      cuts += 1;
      room.links.get(`${a}-${b}`)?.cut();
      if (prng.chance(0.7)) room.connect(a, b, prng.integer(1, 60));
    } else if (dice === 8) {
      freezes += 1;
      who.end.frozen = deferred<void>();
    } else room.thaw();
    await room.bed.pass(prng.pick([5, 50, 400, 2500]));
  }
  return { edits, cuts, freezes };
}

describe('any order of edits, broken links and standstills', () => {
  test.each(['1', '2', '3', '4', '5', '6'])('JRN-2 FET-7 REC-2 ends with equal folders everywhere (seed %s)', async (seed) => {
    const room = await Room.of(['anna', 'ben', 'cleo'], [], `exchange ${seed}`);
    const done = await live(room, new Prng(`exchange fuzz ${seed}`));
    room.thaw();
    for (const link of room.links.values()) link.cut();
    room.connectAll();
    await room.same(undefined, 120_000);
    await room.until('everyone is even', () =>
      room.laptops.every(
        ({ exchange }) => exchange.status().peers.length === 2 && exchange.status().peers.every(({ evenData }) => evenData),
      ),
    );
    for (const { exchange, budget, recovery, device } of room.laptops) {
      expect(exchange.status()).toMatchObject({ wanted: { files: 0 }, waitingFor: [], transfers: [] });
      expect(exchange.missing()).toEqual([]);
      expect(budget.usedBytes).toBe(0);
      expect(room.laptops.filter((other) => other.device !== device && recovery.ofDevice(other.device))).toEqual([]);
    }
    // The run has done real work.
    expect(done.edits).toBeGreaterThan(10);
    expect(done.cuts).toBeGreaterThan(3);
    await room.stop();
  });
});
