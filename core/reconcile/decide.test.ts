import { describe, expect, test } from 'vitest';
import type { DeviceId, KnownEntry, RelPath, Snap, VersionVector } from '../model/index.ts';
import { journalId } from '../model/index.ts';
import { decide, isWanted } from './decide.ts';
import type { Decision, DiskFinding, PathFacts } from './decide.ts';

const path = 'notes/plan.txt' as RelPath;
const anna = journalId('12D3KooWAnna' as DeviceId, '0000000000000001');
const ben = journalId('12D3KooWBen' as DeviceId, '0000000000000002');
const cleo = journalId('12D3KooWCleo' as DeviceId, '0000000000000003');

function vector(counters: { readonly a?: number; readonly b?: number; readonly c?: number }): VersionVector {
  const { a, b, c } = counters;
  return new Map([...(a ? [[anna, a] as const] : []), ...(b ? [[ben, b] as const] : []), ...(c ? [[cleo, c] as const] : [])]);
}

function file(content: string, mtimeMs = 1000, executable = false): Snap {
  const blocks = [{ name: content.padEnd(64, '0') as never, size: content.length }];
  return { kind: 'file', size: content.length, mtimeMs, executable, cutClass: 'normal', blocks: { kind: 'inline', blocks } };
}

const directory: Snap = { kind: 'directory' };
const removed: Snap = { kind: 'removed', mtimeMs: 5000 };

function entry(journal: typeof anna, sequence: number, snap: Snap, counters: Parameters<typeof vector>[0]): KnownEntry {
  return { path, snap, vector: vector(counters), ref: { journal, sequence } };
}

const unchanged: DiskFinding = { kind: 'unchanged' };
const changed = (snap: Snap): DiskFinding => ({ kind: 'changed', snap });
const absent: DiskFinding = { kind: 'absent' };

function facts(part: Partial<PathFacts>): PathFacts {
  return { path, heads: [], history: undefined, disk: unchanged, liveBelow: false, mayAnnounce: true, ...part };
}

const a1 = entry(anna, 1, file('one'), { a: 1 });
const a2 = entry(anna, 2, file('two', 2000), { a: 2 });
const b1 = entry(ben, 1, file('bee', 1500), { b: 1 });
const b2 = entry(ben, 2, file('ben', 1500), { a: 1, b: 2 });
const bSame = entry(ben, 3, file('one', 3000, true), { b: 3 });
const bRemoved = entry(ben, 4, removed, { a: 1, b: 4 });
const dirA = entry(anna, 5, directory, { a: 5 });
const dirB = entry(ben, 5, directory, { b: 5 });

interface Row {
  readonly rule: string;
  readonly facts: Partial<PathFacts>;
  readonly expected: Decision;
}

const rows: readonly Row[] = [
  { rule: 'JRN-3 nothing known, nothing there: nothing', facts: {}, expected: { kind: 'nothing' } },
  {
    rule: 'FLD-5 unknown concludes nothing',
    facts: { heads: [a2], history: a1, disk: { kind: 'unknown' } },
    expected: { kind: 'nothing' },
  },
  {
    rule: 'FLD-9 ignored: history is forgotten',
    facts: { heads: [a1], history: a1, disk: { kind: 'ignored' } },
    expected: { kind: 'forget' },
  },
  { rule: 'FLD-9 ignored without history: nothing', facts: { heads: [a1], disk: { kind: 'ignored' } }, expected: { kind: 'nothing' } },
  {
    rule: 'JRN-4 a new path begins with an empty vector',
    facts: { disk: changed(file('new')) },
    expected: { kind: 'announce', snap: file('new'), vector: vector({}) },
  },
  {
    rule: 'JRN-4 a change takes the vector of history, never of an unapplied head',
    facts: { heads: [b2], history: a1, disk: changed(file('mine', 1)) },
    expected: { kind: 'announce', snap: file('mine', 1), vector: vector({ a: 1 }) },
  },
  {
    rule: 'JRN-4 a removal takes the vector of history',
    facts: { heads: [a1], history: a1, disk: absent },
    expected: { kind: 'announce-removal', vector: vector({ a: 1 }) },
  },
  { rule: 'FLD-5 absent without history is no removal', facts: { disk: absent }, expected: { kind: 'nothing' } },
  {
    rule: 'FLD-5 absent where the winner is a removal: only forgotten',
    facts: { heads: [bRemoved], history: a1, disk: absent },
    expected: { kind: 'forget' },
  },
  {
    rule: 'JRN-4 absent where a newer version covers ours: nothing of ours to tell',
    facts: { heads: [b2], history: a1, disk: absent },
    expected: { kind: 'forget' },
  },
  {
    rule: 'JRN-4 absent where a concurrent version lives: the removal is told and loses',
    facts: { heads: [a1, b1], history: a1, disk: absent },
    expected: { kind: 'announce-removal', vector: vector({ a: 1 }) },
  },
  { rule: 'JRN-3 a new winner is applied', facts: { heads: [a1] }, expected: { kind: 'apply', entry: a1 } },
  {
    rule: 'JRN-3 a newer winner is applied over its ancestor',
    facts: { heads: [b2], history: a1 },
    expected: { kind: 'apply', entry: b2 },
  },
  { rule: 'JRN-3 a removal is applied', facts: { heads: [bRemoved], history: a1 }, expected: { kind: 'apply', entry: bRemoved } },
  { rule: 'JRN-3 a removal of what is not here: nothing', facts: { heads: [bRemoved] }, expected: { kind: 'nothing' } },
  { rule: 'JRN-3 what is applied stays', facts: { heads: [a1], history: a1 }, expected: { kind: 'nothing' } },
  {
    rule: 'FLD-3 equal content is joined and the later mtime and its mode are taken',
    facts: { heads: [a1, bSame], history: a1 },
    expected: { kind: 'adopt', entry: { ...bSame, vector: vector({ a: 1, b: 3 }) }, setMtimeMs: 3000, setExecutable: true },
  },
  {
    rule: 'FLD-3 the holder of the winner joins an equal loser, so that its next change covers it',
    facts: { heads: [a1, bSame], history: bSame },
    expected: { kind: 'adopt', entry: { ...bSame, vector: vector({ a: 1, b: 3 }) } },
  },
  {
    rule: 'FLD-3 the holder of the winner leaves other content alone',
    facts: { heads: [a2, b1], history: a2 },
    expected: { kind: 'nothing' },
  },
  {
    rule: 'FLD-3 the holder of the loser keeps a copy and settles with joined vectors',
    facts: { heads: [a2, b1], history: b1 },
    expected: { kind: 'settle', winner: { ...a2, vector: vector({ a: 2, b: 1 }) }, loser: b1 },
  },
  {
    rule: 'FLD-3 bytes that another head superseded are no loser',
    facts: { heads: [a2, b2], history: a1 },
    expected: { kind: 'apply', entry: a2 },
  },
  {
    rule: 'FLD-3 an edit wins over a concurrent removal, which it does not cover',
    facts: { heads: [entry(anna, 6, file('edit'), { a: 6 }), bRemoved], history: a1 },
    expected: { kind: 'apply', entry: entry(anna, 6, file('edit'), { a: 6 }) },
  },
  {
    rule: 'FLD-3 joined with a non-empty directory: equal content is taken over, nothing announced',
    facts: { heads: [a1], disk: changed(file('one', 1000)) },
    expected: { kind: 'adopt', entry: a1 },
  },
  {
    rule: 'FLD-3 joined with a non-empty directory: other content is announced from an empty vector',
    facts: { heads: [a1], disk: changed(file('other', 7)) },
    expected: { kind: 'announce', snap: file('other', 7), vector: vector({}) },
  },
  {
    rule: 'FLD-3 equal to a losing head: that head is history, then the conflict is settled',
    facts: { heads: [a2, b1], disk: changed(file('bee', 1)) },
    expected: { kind: 'adopt', entry: b1, setMtimeMs: 1500 },
  },
  {
    rule: 'FLD-3 the disk already has the newer bytes: taken over',
    facts: { heads: [b2], history: a1, disk: changed(file('ben', 1500)) },
    expected: { kind: 'adopt', entry: b2 },
  },
  {
    rule: 'FLD-3 the disk has the bytes of a concurrent head that did not see ours: our change is told',
    facts: { heads: [a1, b1], history: a1, disk: changed(file('bee', 1500)) },
    expected: { kind: 'announce', snap: file('bee', 1500), vector: vector({ a: 1 }) },
  },
  {
    rule: 'FLD-1 a new inode with the same bytes only refreshes the stat',
    facts: { heads: [a1], history: a1, disk: changed(file('one')) },
    expected: { kind: 'adopt', entry: a1 },
  },
  {
    rule: 'FLD-1 a touched file is a change',
    facts: { heads: [a1], history: a1, disk: changed(file('one', 4000)) },
    expected: { kind: 'announce', snap: file('one', 4000), vector: vector({ a: 1 }) },
  },
  {
    rule: 'FLD-1 a file made executable is a change',
    facts: { heads: [a1], history: a1, disk: changed(file('one', 1000, true)) },
    expected: { kind: 'announce', snap: file('one', 1000, true), vector: vector({ a: 1 }) },
  },
  {
    rule: 'JRN-4 a mere touch makes way for a newer version that knew our bytes',
    facts: { heads: [b2], history: a1, disk: changed(file('one', 9000)) },
    expected: { kind: 'adopt', entry: a1, setMtimeMs: 1000 },
  },
  {
    rule: 'FLD-4 a directory wins over a file, which its holder keeps',
    facts: { heads: [a1, dirB], history: a1 },
    expected: { kind: 'settle', winner: { ...dirB, vector: vector({ a: 1, b: 5 }) }, loser: a1 },
  },
  {
    rule: 'FLD-4 a directory with something alive in it is announced again, over the removal',
    facts: { heads: [entry(ben, 9, removed, { a: 5, b: 9 })], history: dirA, liveBelow: true },
    expected: { kind: 'announce-directory', vector: vector({ a: 5, b: 9 }) },
  },
  {
    rule: 'FLD-4 not over a file that took its place: that one has bytes to lose',
    facts: { heads: [entry(ben, 9, file('f'), { a: 5, b: 9 })], history: dirA, liveBelow: true },
    expected: { kind: 'announce-directory', vector: vector({ a: 5 }) },
  },
  {
    rule: 'FLD-4 JRN-5 a directory whose entry was cut off is announced for what lives in it',
    facts: { liveBelow: true },
    expected: { kind: 'announce-directory', vector: vector({}) },
  },
  {
    rule: 'FLD-4 a reader leaves that to others',
    facts: { liveBelow: true, mayAnnounce: false },
    expected: { kind: 'nothing' },
  },
  {
    rule: 'FLD-4 a reader announces no directory',
    facts: { heads: [bRemoved], history: dirA, liveBelow: true, mayAnnounce: false },
    expected: { kind: 'nothing' },
  },
  {
    rule: 'ROS-2 bytes of refused entries become our own',
    facts: { heads: [a1], history: b1 },
    expected: { kind: 'announce', snap: b1.snap, vector: vector({ b: 1 }) },
  },
  {
    rule: 'ROS-4 a reader announces no change',
    facts: { heads: [a1], history: a1, disk: changed(file('mine')), mayAnnounce: false },
    expected: { kind: 'local-change' },
  },
  {
    rule: 'ROS-4 a reader announces no removal',
    facts: { heads: [a1], history: a1, disk: absent, mayAnnounce: false },
    expected: { kind: 'local-change' },
  },
  {
    rule: 'ROS-4 a newer version makes a reader keep its change as a local copy',
    facts: { heads: [b2], history: a1, disk: changed(file('mine')), mayAnnounce: false },
    expected: { kind: 'displace', winner: b2, snap: file('mine') },
  },
  {
    rule: 'ROS-4 a reader that holds a loser keeps it as a local copy',
    facts: { heads: [a2, b1], history: b1, mayAnnounce: false },
    expected: { kind: 'displace', winner: a2, snap: b1.snap },
  },
  {
    rule: 'JRN-4 an unknown kind is never applied',
    facts: { heads: [entry(ben, 7, { kind: 'unknown', tag: 'x' }, { a: 1, b: 7 })], history: a1 },
    expected: { kind: 'unknown-kind', winner: entry(ben, 7, { kind: 'unknown', tag: 'x' }, { a: 1, b: 7 }) },
  },
];

describe('decide', () => {
  test.each(rows)('$rule', ({ facts: part, expected }) => {
    expect(decide(facts(part))).toEqual(expected);
  });

  test('JRN-3 wanted is what history does not cover; a removal of nothing is not wanted', () => {
    expect(isWanted([], undefined)).toBe(false);
    expect(isWanted([a1], undefined)).toBe(true);
    expect(isWanted([bRemoved], undefined)).toBe(false);
    expect(isWanted([bRemoved], a1)).toBe(true);
    expect(isWanted([a1], a1)).toBe(false);
    expect(isWanted([b2], a1)).toBe(true);
  });
});
