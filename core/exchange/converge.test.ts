import { describe, expect, test } from 'vitest';
import { MIB, deferred, present } from '../base/index.ts';
import { grantClaims, revocationClaim, signStatements } from '../journal/index.ts';
import type { BlockName, DeviceId, FolderId } from '../model/index.ts';
import { DirectLink } from '../testing/exchange/direct-link.ts';
import type { DirectEnd } from '../testing/exchange/direct-link.ts';
import { Room, noise, reachOfAll } from '../testing/exchange/exchange-bed.ts';
import { path } from '../testing/folder/folder-bed.ts';
import { FolderRouter } from './index.ts';

describe('devices that exchange a folder', () => {
  test('JRN-2 three devices converge, each fetching every block once', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(0).bed.write('letter.txt', 'dear all');
    room.at(1).bed.write('photo.jpg', noise(2 * MIB));
    room.at(2).bed.write('dir/notes.txt', 'note');
    room.connectAll();
    await room.same(4);
    const asked = room.laptops.flatMap((laptop) => laptop.askedBlocks().map((name) => name));
    const needed = asked.length;
    // Each block is wanted by two devices.
    expect(new Set(asked).size * 2).toBe(needed);
    await room.until('everyone is even', () =>
      room.laptops.every(({ exchange }) => exchange.status().peers.every(({ evenData }) => evenData)),
    );
    expect(room.at(0).events.filter(({ kind }) => kind === 'even')).toHaveLength(2);
    await room.stop();
  });

  test('JRN-2 a change reaches the third device through the second while its author is away', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.connect(0, 1);
    room.at(0).bed.write('a.txt', 'from anna');
    await room.until('ben has it', () => room.at(1).bed.exists('a.txt'));
    room.links.get('0-1')?.cut();
    room.connect(1, 2);
    await room.until('cleo has it', () => room.at(2).bed.exists('a.txt'));
    expect(room.at(2).bed.read('a.txt')).toBe('from anna');
    await room.stop();
  });

  test('JRN-2 batches go to nobody who has said to hold them', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.connectAll();
    await room.same(0);
    for (let i = 0; i < 10; i++) {
      room.at(0).bed.write(`f${i}.txt`, `${i}`);
      await room.bed.pass(3000);
    }
    await room.same(10);
    // Anna sends each batch to both; now and then one of them passes it on before it hears that the other has it.
    expect(room.at(1).served('batches') + room.at(2).served('batches')).toBeLessThanOrEqual(30);
    expect(room.at(0).served('batches')).toBe(0);
    await room.stop();
  });

  test('JRN-7 each learns what the other has applied', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.connect(0, 1);
    room.at(0).bed.write('a.txt', 'a');
    await room.same(1);
    await room.until('anna knows', () => room.at(0).peer(room.at(1)).evenData);
    expect(await room.bed.run(room.at(0).bed.journal.onlyHere([room.at(1).device]))).toEqual({ files: 0, bytes: 0 });
    expect(room.at(0).steps.at(-1)).toMatchObject({ kind: 'data-even', recovery: { device: room.at(1).device, ended: 'even' } });
    await room.stop();
  });

  test('FET-8 thousands of tiny files arrive in few requests', async () => {
    const room = await Room.of(['anna', 'ben']);
    for (let i = 0; i < 600; i++) room.at(0).bed.write(`d${i % 20}/f${i}.txt`, `content ${i}`);
    await room.bed.run(room.at(0).bed.engine.scanNow());
    room.connect(0, 1);
    const { journal } = room.at(1).bed;
    await room.until('all have come', () => reachOfAll(journal.have()) >= 620 && journal.wantedTotals().files === 0, 120_000);
    await room.same(620);
    expect(new Set(room.at(0).askedBlocks()).size).toBe(room.at(0).askedBlocks().length);
    expect(room.at(0).served('sendme')).toBeLessThan(150);
    await room.stop();
  });

  test('BLK-3 a block of several files is fetched once', async () => {
    const room = await Room.of(['anna', 'ben']);
    const content = noise(600_000);
    for (let i = 0; i < 5; i++) room.at(0).bed.write(`copy${i}.bin`, content);
    room.connect(0, 1);
    await room.same(5);
    expect(new Set(room.at(0).askedBlocks()).size).toBe(room.at(0).askedBlocks().length);
    await room.stop();
  });

  test('BLK-3 REC-2 a link that breaks again and again loses nothing: what came is not fetched again', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.at(0).bed.write('big.bin', noise(8 * MIB));
    room.at(0).end.bytesPerMs = 2000;
    let breaks = 0;
    while (!room.at(1).bed.exists('big.bin') && breaks < 50) {
      const link = room.connect(0, 1);
      await room.bed.pass(breaks === 0 ? 3000 : 900);
      link.cut();
      breaks += 1;
    }
    expect(breaks).toBeGreaterThan(2);
    expect(room.at(1).bed.tree().get('big.bin')?.content).toEqual(room.at(0).bed.tree().get('big.bin')?.content);
    const carried = room.at(0).askedBlocks().length;
    // Only what was on its way when the link broke is asked again.
    expect(carried).toBeLessThan(new Set(room.at(0).askedBlocks()).size * 3);
    await room.stop();
  });
});

describe('peers that fail', () => {
  test('FET-4 a source that freezes midway costs less than two seconds', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(0).bed.write('big.bin', noise(6 * MIB));
    room.connect(0, 1);
    await room.same(undefined, 1000).catch(() => undefined);
    await room.until('ben has it', () => room.at(1).bed.exists('big.bin'));
    room.at(0).end.bytesPerMs = 2000;
    room.at(1).end.bytesPerMs = 2000;
    room.connect(0, 2);
    room.connect(1, 2);
    const { journal } = room.at(2).bed;
    const done = (): number => room.at(2).exchange.status().transfers[0]?.done ?? 0;
    await room.until('half of it is here', () => done() > 2 * MIB);
    room.at(0).end.frozen = deferred<void>();
    let [longestGapMs, lastDone, lastAt] = [0, done(), room.bed.world.scheduler.nowMs];
    await room.until('all of it is here', () => {
      const { nowMs } = room.bed.world.scheduler;
      if (done() !== lastDone) {
        longestGapMs = Math.max(longestGapMs, nowMs - lastAt);
        [lastDone, lastAt] = [done(), nowMs];
      }
      return journal.wantedTotals().files === 0;
    });
    expect(longestGapMs).toBeLessThan(2000);
    expect(room.at(2).bed.exists('big.bin')).toBe(true);
    await room.stop();
  });

  test('FET-6 a source that sends garbage is found out, and the file comes from another', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(0).bed.write('big.bin', noise(4 * MIB));
    room.connect(0, 1);
    await room.until('ben has it', () => room.at(1).bed.exists('big.bin'));
    room.at(0).end.corrupt = (bytes) => bytes.map((byte) => byte ^ 1);
    room.connect(0, 2);
    room.connect(1, 2);
    await room.same(1);
    expect(room.at(2).events.filter(({ kind }) => kind === 'untrusted')).toEqual([{ kind: 'untrusted', device: room.at(0).device }]);
    await room.stop();
  });

  test('FET-7 JRN-3 without a source the file waits with a name, and goes on within a second of one appearing', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(0).bed.write('a.txt', 'only here so far');
    await room.bed.run(room.at(0).bed.engine.scanNow());
    // Ben hears of the file from anna, but anna is gone before he can fetch it.
    await room.bed.run(room.bed.transfer(0, 1));
    room.connect(1, 2);
    await room.until('cleo has heard of it', () => room.at(2).bed.journal.wantedTotals().files === 1);
    await room.bed.pass(2000);
    const waiting = room.at(2).exchange.status().waitingFor;
    expect(waiting.map(({ device }) => device)).toEqual([room.at(0).device]);
    const [missing] = room.at(2).exchange.missing();
    expect(missing).toMatchObject({ path: 'a.txt', asked: [room.at(1).device], knownToHave: [room.at(0).device] });
    await room.bed.pass(60_000);
    const questions = room.at(1).served('whohas');
    expect(questions).toBeLessThan(20);
    room.connect(0, 2);
    expect(await room.until('cleo has it', () => room.at(2).bed.exists('a.txt'))).toBeLessThan(1000);
    expect(room.at(2).exchange.status().waitingFor).toEqual([]);
    await room.stop();
  });

  test('FET-2 blocks are found by asking where no history tells of them', async () => {
    // Ben has the bytes under another name, which cleo's disk cannot hold; the name that she wants, his cannot.
    const room = await Room.of(['anna', 'ben', 'cleo'], [{}, { disk: { windowsNames: true } }, { disk: { caseSensitive: false } }]);
    const content = noise(300_000);
    room.at(2).bed.write('OTHER.bin', 'hers');
    room.at(1).bed.write('other.bin', content);
    for (const index of [1, 2]) await room.bed.run(room.at(index).bed.engine.scanNow());
    room.at(0).bed.write('a:b.bin', content);
    await room.bed.run(room.at(0).bed.engine.scanNow());
    await room.bed.run(room.bed.transfer(0, 2));
    room.connect(1, 2);
    await room.until('cleo has the bytes', () => room.at(2).bed.exists('a:b.bin'));
    expect(room.at(1).bed.exists('a:b.bin')).toBe(false);
    expect(room.at(2).bed.read('OTHER.bin')).toBe('hers');
    await room.stop();
  });

  test('REC-3 a peer that hangs in recovery delays nobody else', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    room.at(0).bed.write('a.txt', 'a');
    room.at(1).end.frozen = deferred<void>();
    room.connectAll();
    await room.until('cleo has it', () => room.at(2).bed.exists('a.txt'), 5000);
    await room.until('anna and cleo are even', () => room.at(0).peer(room.at(2)).evenData, 5000);
    expect(room.at(0).peer(room.at(1)).phase).toBe('references');
    expect(room.at(0).recovery.ofDevice(room.at(2).device)).toBeUndefined();
    await room.stop();
  });

  test('JRN-2 REC-3 a sender that hangs in the middle does not keep another from sending the same journal', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    for (let i = 0; i < 50; i++) room.at(0).bed.write(`f${i}.txt`, `${i}`);
    room.connect(0, 1);
    await room.same(undefined, 1000).catch(() => undefined);
    await room.until('ben has all', () => room.at(1).bed.print().length === 50);
    room.connect(0, 2);
    await room.bed.pass(3);
    room.at(0).end.frozen = deferred<void>();
    room.connect(1, 2);
    await room.until('cleo has all', () => room.at(2).bed.print().length === 50, 10_000);
    await room.stop();
  });

  test('SES-2 the end of a link is felt at once: no sources, no waiting calls', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.at(0).bed.write('big.bin', noise(8 * MIB));
    room.at(0).end.bytesPerMs = 500;
    const link = room.connect(0, 1);
    await room.until('it has begun', () => (room.at(1).exchange.status().transfers[0]?.done ?? 0) > 0);
    link.cut();
    const status = room.at(1).exchange.status();
    expect(status.peers).toEqual([]);
    expect(status.transfers).toEqual([]);
    expect(status.waitingFor.map(({ device }) => device)).toEqual([room.at(0).device]);
    await room.stop();
  });
});

describe('who takes part', () => {
  test('ROS-1 a stranger gets no answer', async () => {
    const room = await Room.of(['anna', 'ben']);
    const { clock } = room.at(0).end;
    const stranger: DirectEnd = { device: 'Stranger' as DeviceId, clock, handlers: new FolderRouter().handlers(), served: [] };
    const { fromA } = new DirectLink(stranger, room.at(0).end);
    const { folder } = room.bed;
    const refused = (kind: string): unknown => ({ ok: false, error: { kind: 'refused', error: { kind } } });
    expect(await room.bed.run(fromA.call('have', { folder, have: {} }))).toMatchObject(refused('not-allowed') as object);
    expect(await room.bed.run(fromA.call('whohas', { folder, blocks: ['0'.repeat(64) as BlockName] }))).toMatchObject(
      refused('not-allowed') as object,
    );
    expect(await room.bed.run(fromA.call('roster', { folder, known: [], statements: [] }))).toMatchObject(refused('not-allowed') as object);
    const elsewhere = '1'.repeat(64) as FolderId;
    expect(await room.bed.run(fromA.call('have', { folder: elsewhere, have: {} }))).toMatchObject(refused('unknown-folder') as object);
    await room.stop();
  });

  test('BLK-5 blocks that an entry names are sent to the roster, and nothing else to anybody', async () => {
    const room = await Room.of(['anna', 'ben']);
    const [anna, ben] = [room.at(0), room.at(1)];
    room.connect(0, 1);
    anna.bed.write('file', 'named by an entry');
    await room.same(1);
    const { folder } = room.bed;
    const state = await room.bed.run(anna.bed.journal.pathState(path('file')));
    const { snap } = present(state.heads[0], 'entry');
    const named = snap.kind === 'file' && snap.blocks.kind === 'inline' ? present(snap.blocks.blocks[0], 'block') : undefined;
    const blocks = [present(named, 'named block'), { name: '0'.repeat(64) as BlockName, size: 17 }];
    const pieces: number[] = [];
    const ask = async (from: DirectEnd) =>
      room.bed.run(
        new DirectLink(from, anna.end).fromA.call('sendme', { folder, blocks }, { onPiece: (piece) => pieces.push(piece.index) }),
      );
    expect(await ask(ben.end)).toEqual({ ok: true, value: { gone: [1], missing: [] } });
    expect(pieces).toEqual([0]);
    const stranger: DirectEnd = {
      device: 'Stranger' as DeviceId,
      clock: anna.end.clock,
      handlers: new FolderRouter().handlers(),
      served: [],
    };
    expect(await ask(stranger)).toMatchObject({ ok: false, error: { kind: 'refused', error: { kind: 'not-allowed' } } });
    expect(pieces).toEqual([0]);
    await room.stop();
  });

  test('ROS-1 a device that is on the roster anew is believed by one that hears of it from itself', async () => {
    const room = await Room.of(['anna', 'ben', 'cleo']);
    const { journal, signer, host } = room.at(0).bed;
    const tools = { crypto: room.bed.crypto, signer, clock: host.ports.clock };
    const cleo = room.at(2).device;
    const [revoked] = signStatements(journal.roster(), [revocationClaim(cleo, journal.have())], tools);
    for (const { bed } of room.laptops) await room.bed.run(bed.journal.mergeStatements([present(revoked, 'statement')]));
    const granted = signStatements(journal.roster(), grantClaims(journal.roster(), cleo, 'cleo', 'writer', journal.have()), tools);
    await room.bed.run(room.at(2).bed.journal.mergeStatements(granted));
    expect(room.at(1).exchange.isMember(cleo)).toBe(false);
    room.connect(1, 2);
    room.at(1).bed.write('b.txt', 'b');
    await room.until('cleo has it', () => room.at(2).bed.exists('b.txt'));
    expect(room.at(1).exchange.isMember(cleo)).toBe(true);
    await room.stop();
  });

  test('ROS-2 a device that is put off the roster is told so, and gets nothing more', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.connect(0, 1);
    room.at(0).bed.write('a.txt', 'a');
    await room.same(1);
    const anna = room.at(0).bed;
    const { journal } = anna;
    const claim = revocationClaim(room.at(1).device, journal.have());
    const tools = { crypto: room.bed.crypto, signer: anna.signer, clock: anna.host.ports.clock };
    await room.bed.run(journal.mergeStatements(signStatements(journal.roster(), [claim], tools)));
    await room.until('ben knows', () => !room.at(1).exchange.isMember(room.at(1).device));
    anna.write('b.txt', 'not for ben');
    await room.bed.pass(5000);
    expect(room.at(1).bed.exists('b.txt')).toBe(false);
    expect(room.at(1).bed.journal.wantedTotals().files).toBe(0);
    await room.stop();
  });

  test('a paused folder neither gives nor takes, and goes on by itself', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.connect(0, 1);
    room.at(0).bed.write('a.txt', 'a');
    await room.same(1);
    room.at(1).exchange.pause(true);
    room.at(0).bed.write('b.txt', 'b');
    await room.bed.pass(10_000);
    expect(room.at(1).bed.journal.wantedTotals().files).toBe(0);
    expect(room.at(0).peer(room.at(1)).joined).toBe(false);
    room.at(1).exchange.pause(false);
    await room.same(2);
    expect(room.at(1).bed.journal.problems()).toEqual([]);
    expect((await room.bed.run(room.at(1).bed.journal.pathState(path('b.txt')))).heads).toHaveLength(1);
    await room.stop();
  });
});

describe('a restored backup', () => {
  test('JRN-5 is noticed as soon as a peer shows what it holds, and nothing is lost', async () => {
    const room = await Room.of(['anna', 'ben']);
    room.connect(0, 1);
    room.at(0).bed.write('a.txt', 'one');
    await room.same(1);
    const backup = room.at(0).bed.host.storeFile.snapshot();
    room.at(0).bed.write('a.txt', 'two');
    room.at(0).bed.write('b.txt', 'b');
    await room.same(2);
    await room.bed.run(room.at(0).exchange.stop());
    room.links.get('0-1')?.cut();
    await room.bed.run(room.bed.stop(0));
    room.at(0).bed.host.storeFile.restore(backup);
    room.at(0).bed.write('a.txt', 'three');
    await room.bed.run(room.bed.restart(0));
    room.reopen(0);
    const anna = room.at(0);
    anna.bed.write('c.txt', 'after the restore');
    room.connect(0, 1);
    await room.until('anna learns of it', () => anna.events.some(({ kind }) => kind === 'own-continuity-lost'));
    await room.bed.run(anna.bed.journal.startGeneration());
    anna.bed.engine.requestScan('all');
    await room.until('ben has the new file', () => room.at(1).bed.exists('c.txt'));
    await room.same();
    expect(room.at(1).bed.read('a.txt')).toBe('three');
    expect(
      room
        .at(1)
        .bed.print()
        .filter((line) => line.endsWith('file two')),
    ).toHaveLength(1);
    expect(room.at(1).bed.exists('b.txt')).toBe(true);
    await room.until('both are even', () => anna.peer(room.at(1)).evenMetadata && room.at(1).peer(anna).evenMetadata);
    await room.stop();
  });
});
