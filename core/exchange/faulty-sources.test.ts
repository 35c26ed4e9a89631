import { describe, expect, test } from 'vitest';
import { MIB, deferred } from '../base/index.ts';
import { fetchTuning } from '../transfer/index.ts';
import type { PeerRequest } from '../protocol/index.ts';
import { Room, noise } from '../testing/exchange/exchange-bed.ts';
import type { Laptop } from '../testing/exchange/exchange-bed.ts';

const [anna, ben, cleo] = [0, 1, 2];

/** Anna and ben have a file that cleo, not connected yet, has only heard of. */
async function roomWithFile(bytes: number): Promise<Room> {
  const room = await Room.of(['anna', 'ben', 'cleo']);
  room.at(anna).bed.write('big.bin', noise(bytes));
  room.connect(anna, ben);
  await room.until('ben has it', () => room.at(ben).bed.exists('big.bin'));
  await room.until('anna knows', () => room.at(anna).peer(room.at(ben)).evenData);
  return room;
}

function freeze(laptop: Laptop): void {
  laptop.end.frozen = deferred<void>();
}

function doneAt(laptop: Laptop): number {
  return laptop.exchange.status().transfers[0]?.done ?? 0;
}

/** How many blocks cleo asked more than once, of whomever. */
function askedAgain(room: Room): number {
  const asked = room.laptops.flatMap((laptop) => laptop.askedBlocks(room.at(cleo).device));
  return asked.length - new Set(asked).size;
}

/** Bytes of all blocks that cleo has asked so far, with repetitions. */
function askedBytes(room: Room): number {
  let bytes = 0;
  for (const { end } of room.laptops) {
    for (const { verb, from, request } of end.served) {
      if (verb !== 'sendme' || from !== room.at(cleo).device) continue;
      for (const { size } of (request as PeerRequest<'sendme'>).blocks) bytes += size;
    }
  }
  return bytes;
}

describe('a source that fails', () => {
  test('FET-4 one that hangs right after it told what it has costs less than two seconds', async () => {
    const room = await roomWithFile(2 * MIB);
    room.connect(anna, cleo);
    // It has answered, and not one byte of the file is on its way.
    await room.until('cleo wants it', () => room.at(cleo).bed.journal.wantedTotals().files === 1);
    freeze(room.at(anna));
    room.connect(ben, cleo);
    expect(await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'))).toBeLessThan(2000);
    await room.stop();
  });

  test('SES-5 FET-4 what one owes that the session calls suspect is asked of the other at once, before it is overdue', async () => {
    const room = await roomWithFile(8 * MIB);
    room.connect(anna, cleo);
    await room.until('cleo wants it', () => room.at(cleo).bed.journal.wantedTotals().files === 1);
    freeze(room.at(anna));
    await room.until('it is asked', () => room.at(cleo).budget.usedBytes >= 4 * MIB);
    room.at(cleo).exchange.peerSuspect(room.at(anna).device, true);
    room.connect(ben, cleo);
    const took = await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'));
    expect(took).toBeLessThan(fetchTuning.overdueLanUnknownMs - 400);
    await room.stop();
  });

  test('FET-5 a trickle costs no more than a hang', async () => {
    const room = await roomWithFile(3 * MIB);
    room.at(anna).end.bytesPerMs = 1 / 50_000;
    room.at(ben).end.bytesPerMs = 2000;
    room.connect(anna, cleo);
    await room.bed.pass(100);
    room.connect(ben, cleo);
    expect(await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'))).toBeLessThan(fetchTuning.trickleMs + 3500);
    await room.stop();
  });

  test('FET-5 one that answers at once and sends slowly does not set the pace', async () => {
    const room = await roomWithFile(6 * MIB);
    room.at(anna).end.bytesPerMs = 20;
    room.at(ben).end.bytesPerMs = 2000;
    room.connect(anna, cleo, 0.1);
    room.connect(ben, cleo, 20);
    // Alone the slow one would take five minutes, alone the other one three seconds.
    expect(await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'))).toBeLessThan(15_000);
    await room.stop();
  });

  test('FET-7 the only one left hangs although its link lives: it is named, and another one goes on within a second', async () => {
    const room = await roomWithFile(4 * MIB);
    room.at(anna).end.bytesPerMs = 2000;
    room.connect(anna, cleo);
    await room.until('it has begun', () => doneAt(room.at(cleo)) > MIB);
    expect(room.at(cleo).exchange.status()).toMatchObject({ waitingFor: [], moving: true });
    freeze(room.at(anna));
    await room.bed.pass(fetchTuning.standstillMs + 500);
    const since = room.at(cleo).bed.host.ports.clock.wallNow() - fetchTuning.standstillMs - 500;
    const waiting = room.at(cleo).exchange.status();
    expect(waiting.moving).toBe(false);
    expect(waiting.waitingFor.map(({ device }) => device)).toEqual([room.at(anna).device]);
    expect(Math.abs((waiting.waitingFor[0]?.since ?? 0) - since)).toBeLessThan(1000);

    const before = doneAt(room.at(cleo));
    room.connect(ben, cleo);
    expect(await room.until('it goes on', () => doneAt(room.at(cleo)) > before || room.at(cleo).bed.exists('big.bin'))).toBeLessThan(1000);
    expect(room.at(cleo).exchange.status().waitingFor).toEqual([]);
    await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'));
    await room.stop();
  });

  test('FET-7 SES-2 the only one left is gone: it is named at once, and goes on within a second of its return', async () => {
    const room = await roomWithFile(4 * MIB);
    room.at(anna).end.bytesPerMs = 2000;
    const link = room.connect(anna, cleo);
    await room.until('it has begun', () => doneAt(room.at(cleo)) > MIB);
    link.cut();
    expect(
      room
        .at(cleo)
        .exchange.status()
        .waitingFor.map(({ device }) => device),
    ).toEqual([room.at(anna).device]);
    await room.bed.pass(30_000);
    const [asked, askedBefore, done] = [room.at(anna).served('sendme'), askedBytes(room), doneAt(room.at(cleo))];
    room.connect(anna, cleo);
    await room.until('it goes on', () => room.at(anna).served('sendme') > asked, 1000);
    await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'));
    // The link took what was on its way with it, and nothing else.
    expect(askedBytes(room) - askedBefore).toBeLessThanOrEqual(4 * MIB - done);
    await room.stop();
  });

  test('FET-5 one that stands still for 30 s midway is used again, and nothing that came is asked again', async () => {
    const room = await roomWithFile(12 * MIB);
    for (const source of [anna, ben]) room.at(source).end.bytesPerMs = source === anna ? 2000 : 100;
    room.connect(anna, cleo);
    room.connect(ben, cleo);
    await room.until('it has begun', () => doneAt(room.at(cleo)) > 2 * MIB);
    freeze(room.at(anna));
    room.at(cleo).exchange.peerSuspect(room.at(anna).device, true);
    const [askedBefore, done] = [askedBytes(room), doneAt(room.at(cleo))];
    await room.bed.pass(30_000);
    const served = room.at(anna).askedBlocks().length;
    room.thaw();
    room.at(cleo).exchange.peerSuspect(room.at(anna).device, false);
    await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'), 60_000);
    expect(room.at(anna).askedBlocks().length).toBeGreaterThan(served);
    expect(askedBytes(room) - askedBefore).toBeLessThanOrEqual(12 * MIB - done);
    await room.stop();
  });
});

describe('a reader that is held up', () => {
  test('FET-4 FET-5 SES-5 its own pauses, however short, are not the sources’: none is late, nothing is asked twice', async () => {
    const room = await roomWithFile(24 * MIB);
    for (const source of [anna, ben]) {
      room.at(source).end.bytesPerMs = 4000;
      room.connect(source, cleo);
    }
    await room.until('the pace of both is known', () => doneAt(room.at(cleo)) > 8 * MIB);
    let pauses = 0;
    while (!room.at(cleo).bed.exists('big.bin')) {
      for (const source of [anna, ben]) freeze(room.at(source));
      // Over before the deadline of any block, which it takes most of.
      room.at(cleo).bed.host.stall(fetchTuning.overdueMsMin - 10);
      await room.bed.pass(fetchTuning.overdueMsMin + 20);
      room.thaw();
      await room.bed.pass(150);
      pauses += 1;
      const { sources = [] } = room.at(cleo).exchange.status().transfers[0] ?? {};
      for (const { overdue } of sources) expect(overdue).toBe(0);
    }
    expect(pauses).toBeGreaterThan(5);
    expect(askedAgain(room)).toBe(0);
    await room.stop();
  });
});

describe('a source that lies', () => {
  const other = noise(64 * 1024, 77);
  test.each([
    { lie: 'flips a bit', corrupt: (bytes: Uint8Array) => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte)) },
    { lie: 'sends less than a block', corrupt: (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1) },
    { lie: 'sends nothing in its pieces', corrupt: () => new Uint8Array(0) },
    { lie: 'sends more than was asked', corrupt: (bytes: Uint8Array) => new Uint8Array([...bytes, 0]) },
    { lie: 'sends another block than was asked', corrupt: (bytes: Uint8Array) => other.slice(0, bytes.length) },
  ])('FET-6 BLK-1 one that $lie is found out, and the right bytes come from another', async ({ corrupt }) => {
    const room = await roomWithFile(2 * MIB);
    room.at(anna).end.corrupt = corrupt;
    room.connect(anna, cleo);
    await room.bed.pass(3000);
    expect(room.at(cleo).bed.exists('big.bin')).toBe(false);
    room.connect(ben, cleo);
    await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'));
    expect(room.at(cleo).bed.tree().get('big.bin')?.content).toEqual(room.at(anna).bed.tree().get('big.bin')?.content);
    await room.stop();
  });

  test('FET-6 FET-7 the only one was found out: it is named as the one that is waited for, and a new session may try again', async () => {
    const room = await roomWithFile(2 * MIB);
    room.at(anna).end.corrupt = (bytes) => bytes.map((byte) => byte ^ 1);
    const link = room.connect(anna, cleo);
    await room.until('it is found out', () => room.at(cleo).events.some(({ kind }) => kind === 'untrusted'));
    const asked = room.at(anna).served('sendme');
    await room.bed.pass(20_000);
    expect(room.at(anna).served('sendme')).toBe(asked);
    expect(
      room
        .at(cleo)
        .exchange.status()
        .waitingFor.map(({ device }) => device),
    ).toContain(room.at(anna).device);
    expect(room.at(cleo).exchange.missing()[0]).toMatchObject({ path: 'big.bin' });
    link.cut();
    room.at(anna).end.corrupt = undefined;
    room.connect(anna, cleo);
    await room.until('cleo has it', () => room.at(cleo).bed.exists('big.bin'), 5000);
    await room.stop();
  });
});

describe('a source that is away', () => {
  test('REC-1 FET-7 two that both wait for it are even with each other', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(anna).bed.write('big.bin', noise(MIB));
    await room.bed.run(room.at(anna).bed.engine.scanNow());
    // Ben and cleo have heard of the file from her, and she is gone.
    for (const reader of [ben, cleo]) await room.bed.run(room.bed.transfer(anna, reader));
    room.connect(ben, cleo);
    await room.until('they are even', () => room.at(ben).peer(room.at(cleo)).evenData && room.at(cleo).peer(room.at(ben)).evenData, 60_000);
    for (const reader of [ben, cleo]) {
      expect(room.at(reader).bed.journal.wantedTotals().files).toBe(1);
      const { waitingFor } = room.at(reader).exchange.status();
      expect(waitingFor.map(({ device }) => device)).toEqual([room.at(anna).device]);
    }
    await room.stop();
  });
});

describe('whohas', () => {
  test('FET-2 seven of ten that hang do not keep the others from being heard', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
    const [author, holder, reader] = [0, 10, 11];
    const disks = names.map((_, index) => ({ disk: { windowsNames: index === holder, caseSensitive: index !== reader } }));
    const room = await Room.of(names, disks);
    const content = noise(600_000);
    room.at(reader).bed.write('OTHER.bin', 'of the reader');
    // The last of the ten has the bytes under a name that the reader's disk cannot hold, and cannot hold the name that the reader wants:
    // nobody's history tells of it.
    room.at(holder).bed.write('other.bin', content);
    room.at(author).bed.write('a:b.bin', content);
    for (const index of [author, holder, reader]) await room.bed.run(room.at(index).bed.engine.scanNow());
    await room.bed.run(room.bed.transfer(author, reader));
    for (let index = 1; index <= 10; index++) {
      room.connect(index, reader);
      if (index <= 7) freeze(room.at(index));
    }
    expect(await room.until('the reader has the bytes', () => room.at(reader).bed.exists('a:b.bin'))).toBeLessThan(2000);
    await room.stop();
  });
});

describe('several files', () => {
  test('FET-3 two that share sources come together, each block once', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    for (const [index, name] of ['one.bin', 'two.bin'].entries()) room.at(anna).bed.write(name, noise(3 * MIB, index + 1));
    room.connect(anna, ben);
    await room.until('ben has them', () => room.at(ben).bed.print().length === 2);
    for (const source of [anna, ben]) room.at(source).end.bytesPerMs = 2000;
    room.connect(anna, cleo);
    room.connect(ben, cleo);
    await room.until('cleo has them', () => room.at(cleo).bed.print().length === 2);
    // FET-4's 8 blocks and 5 %, for the last ones.
    expect(askedAgain(room)).toBeLessThanOrEqual(10);
    for (const source of [anna, ben]) expect(room.at(source).askedBlocks(room.at(cleo).device).length).toBeGreaterThan(0);
    await room.stop();
  });

  test('JRN-3 FET-1 a file that is superseded midway is called off wherever it was asked, and its memory is given back', async () => {
    const room = await roomWithFile(6 * MIB);
    for (const source of [anna, ben]) room.at(source).end.bytesPerMs = 200;
    room.connect(anna, cleo);
    room.connect(ben, cleo);
    await room.until('it has begun', () => doneAt(room.at(cleo)) > MIB);
    room.at(anna).bed.write('big.bin', 'short now');
    await room.until('cleo has the newer one', () => room.at(cleo).bed.exists('big.bin'), 5000);
    expect(room.at(cleo).bed.read('big.bin')).toBe('short now');
    expect(room.at(cleo).budget.usedBytes).toBe(0);
    await room.stop();
  });

  test('FET-8 no memory is held when a folder pauses or stops midway', async () => {
    const room = await roomWithFile(6 * MIB);
    room.at(anna).end.bytesPerMs = 500;
    room.connect(anna, cleo);
    await room.until('it has begun', () => doneAt(room.at(cleo)) > MIB);
    expect(room.at(cleo).budget.usedBytes).toBeGreaterThan(0);
    room.at(cleo).exchange.pause(true);
    await room.bed.pass(500);
    expect(room.at(cleo).budget.usedBytes).toBe(0);
    room.at(cleo).exchange.pause(false);
    await room.until('it goes on', () => room.at(cleo).budget.usedBytes > 0);
    await room.stop();
    expect(room.at(cleo).budget.usedBytes).toBe(0);
  });

  test('FET-7 more files without a source than are held aside do not keep out those that somebody has', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(ben).bed.write('old.txt', 'ben has this');
    await room.bed.run(room.at(ben).bed.engine.scanNow());
    await room.bed.pass(5000);
    await room.bed.run(room.at(cleo).exchange.stop());
    room.reopen(cleo, 40);
    for (let index = 0; index < 300; index++) room.at(anna).bed.write(`f${index}.txt`, `content ${index}`);
    await room.bed.run(room.at(anna).bed.engine.scanNow());
    // Cleo hears of all of them; newest come first, and nobody that she reaches has those.
    await room.bed.run(room.bed.transfer(anna, cleo));
    await room.bed.run(room.bed.transfer(ben, cleo));
    room.connect(ben, cleo);
    await room.until('cleo has the file that can be had', () => room.at(cleo).bed.exists('old.txt'), 1500);
    await room.until('only the others wait', () => room.at(cleo).bed.journal.wantedTotals().files === 300);
    room.connect(anna, cleo);
    await room.until('cleo has all', () => room.at(cleo).bed.journal.wantedTotals().files === 0, 10_000);
    await room.stop();
  });
});
