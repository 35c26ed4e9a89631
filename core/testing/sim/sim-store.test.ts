import { expect, test } from 'vitest';
import { utf8 } from '../../base/index.ts';
import type { StoreChange } from '../../ports/index.ts';
import { OrderedRows } from './ordered-rows.ts';
import { Prng } from './prng.ts';
import { SimWorld } from './sim-world.ts';

const put = (key: string): StoreChange => ({ kind: 'put', scope: 's', key, value: utf8(key) });

test('DUR-1 after a crash a prefix of the commits is there, and at least what was said to be durable', async () => {
  const survivors = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const world = new SimWorld(`store ${seed}`);
    const host = world.addHost({ name: 'anna' });
    const store = await world.scheduler.drive(host.ports.openStore());
    let durable = 0;
    for (let i = 0; i < 10; i++) {
      const commit = store.commit([put(`a${i}`), put(`b${i}`)], { durable: i === 4 });
      if (i === 4) await world.scheduler.drive(commit);
      if (i === 4) durable = 5;
    }
    host.crash({ powerCut: seed % 2 === 0 });
    const later = await world.scheduler.drive(host.restart().openStore());
    const keys = (await world.scheduler.drive(later.scan('s', { limit: 100 }))).map(({ key }) => key);
    const count = keys.length / 2;
    expect(keys).toEqual(['a', 'b'].flatMap((letter) => Array.from({ length: count }, (_, i) => `${letter}${i}`)));
    expect(count).toBeGreaterThanOrEqual(durable);
    survivors.add(count);
  }
  expect(survivors.size).toBeGreaterThan(3);
});

test('DUR-1 a crash undoes overwritten, deleted and cleared rows', async () => {
  const world = new SimWorld('store undo');
  const host = world.addHost({ name: 'anna' });
  const store = await world.scheduler.drive(host.ports.openStore());
  await world.scheduler.drive(store.commit(['a', 'b', 'c', 'd'].map(put), { durable: true }));
  const before = host.storeFile.snapshot();
  const change: StoreChange[] = [
    { kind: 'put', scope: 's', key: 'a', value: utf8('new') },
    { kind: 'delete', scope: 's', key: 'b' },
    { kind: 'clear', scope: 's', from: 'c' },
    put('c'),
    put('e'),
  ];
  for (let seed = 0; seed < 20; seed++) {
    host.storeFile.apply(change);
    host.storeFile.crash({ integer: () => 0 });
    expect(host.storeFile.snapshot()).toEqual(before);
  }
});

test('a run that died neither reads nor commits', async () => {
  const world = new SimWorld('store dead');
  const host = world.addHost({ name: 'anna' });
  const store = await world.scheduler.drive(host.ports.openStore());
  host.crash({ powerCut: false });
  const commits = host.storeFile.commits;
  await expect(world.scheduler.drive(store.commit([put('x')], { durable: true }))).rejects.toThrow('still waiting');
  await expect(world.scheduler.drive(store.get('s', 'x'))).rejects.toThrow('still waiting');
  expect(host.storeFile.commits).toBe(commits);
});

test('a full disk fails commits as a whole, and reads go on', async () => {
  const world = new SimWorld('store full');
  const host = world.addHost({ name: 'anna' });
  const store = await world.scheduler.drive(host.ports.openStore());
  await world.scheduler.drive(store.commit([put('a')], { durable: true }));
  host.storeFile.fault = { kind: 'disk-full' };
  await expect(world.scheduler.drive(store.commit([put('b')], { durable: true }))).rejects.toMatchObject({ error: { kind: 'disk-full' } });
  expect(await world.scheduler.drive(store.count('s'))).toBe(1);
  host.storeFile.fault = undefined;
  await world.scheduler.drive(store.commit([put('b')], { durable: true }));
  expect(await world.scheduler.drive(store.count('s'))).toBe(2);
});

test('a disk with input or output errors fails reads too', async () => {
  const world = new SimWorld('store errors');
  const host = world.addHost({ name: 'anna' });
  const store = await world.scheduler.drive(host.ports.openStore());
  host.storeFile.fault = { kind: 'io', text: 'no answer' };
  await expect(world.scheduler.drive(store.commit([put('a')], { durable: true }))).rejects.toThrow('no answer');
  await expect(world.scheduler.drive(store.count('s'))).rejects.toThrow('no answer');
  host.storeFile.fault = undefined;
  expect(await world.scheduler.drive(store.count('s'))).toBe(0);
});

test('JRN-5 a restored backup holds what it held', async () => {
  const world = new SimWorld('store backup');
  const host = world.addHost({ name: 'anna' });
  const store = await world.scheduler.drive(host.ports.openStore());
  await world.scheduler.drive(store.commit([put('a')], { durable: true }));
  const backup = host.storeFile.snapshot();
  await world.scheduler.drive(store.commit([put('b')], { durable: true }));
  host.crash({ powerCut: false });
  host.storeFile.restore(backup);
  const later = await world.scheduler.drive(host.restart().openStore());
  expect(await world.scheduler.drive(later.getMany('s', ['a', 'b']))).toEqual([utf8('a'), undefined]);
});

test('ordered rows agree with a plain sorted list under random changes', () => {
  const prng = new Prng('rows');
  const rows = new OrderedRows();
  const plain = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const key = `${prng.integer(0, 1500)}`;
    if (prng.chance(0.6)) rows.put(key, utf8(key));
    else rows.delete(key);
    if (rows.get(key)) plain.add(key);
    else plain.delete(key);
  }
  const sorted = [...plain].sort();
  expect(rows.keys({})).toEqual(sorted);
  for (let i = 0; i < 200; i++) {
    const [from, before] = [`${prng.integer(0, 1500)}`, `${prng.integer(0, 1500)}`];
    const expected = sorted.filter((key) => key >= from && key < before);
    expect(rows.keys({ from, before })).toEqual(expected);
    expect(rows.keys({ from, before }, 7, true)).toEqual(expected.reverse().slice(0, 7));
  }
});
