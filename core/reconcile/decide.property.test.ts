import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import type { DeviceId, JournalId, KnownEntry, RelPath, Snap, VersionVector } from '../model/index.ts';
import { addHead, emptyVector, isLive, journalDevice, journalId, sameContent, winnerOf, withComponent } from '../model/index.ts';
import { conflictName } from './conflict-name.ts';
import { decide } from './decide.ts';
import type { Decision } from './decide.ts';

/** A device of the model: all that it knows, and a disk with one directory of files. Applying needs no time. */
class ModelDevice {
  readonly journal: JournalId;
  sequence = 0;
  readonly heads = new Map<RelPath, readonly KnownEntry[]>();
  readonly history = new Map<RelPath, KnownEntry>();
  readonly disk = new Map<RelPath, Snap>();
  readonly sent: KnownEntry[] = [];

  constructor(name: string) {
    this.journal = journalId(`12D3KooW${name}` as DeviceId, '0000000000000001');
  }

  announce(path: RelPath, snap: Snap, vector: VersionVector, bump: boolean): KnownEntry {
    this.sequence += 1;
    const own = bump ? withComponent(vector, this.journal, this.sequence) : vector;
    const entry: KnownEntry = { path, snap, vector: own, ref: { journal: this.journal, sequence: this.sequence } };
    this.sent.push(entry);
    this.hear(entry);
    return entry;
  }

  hear(entry: KnownEntry): void {
    this.heads.set(entry.path, addHead(this.heads.get(entry.path) ?? [], entry));
  }

  /** One look at one path; true if something was done. */
  step(path: RelPath): boolean {
    const history = this.history.get(path);
    const onDisk = this.disk.get(path);
    const isUnchanged = onDisk ? history !== undefined && sameObject(onDisk, history.snap) : history === undefined;
    const disk = isUnchanged
      ? ({ kind: 'unchanged' } as const)
      : onDisk
        ? ({ kind: 'changed', snap: onDisk } as const)
        : ({ kind: 'absent' } as const);
    const decision = decide({ path, heads: this.heads.get(path) ?? [], history, disk, liveBelow: false, mayAnnounce: true });
    return this.#carryOut(path, decision, onDisk);
  }

  #carryOut(path: RelPath, decision: Decision, onDisk: Snap | undefined): boolean {
    switch (decision.kind) {
      case 'nothing':
        return false;
      case 'forget':
        this.history.delete(path);
        return true;
      case 'announce':
        this.history.set(path, this.announce(path, decision.snap, decision.vector, true));
        return true;
      case 'announce-removal':
        this.announce(path, { kind: 'removed', mtimeMs: 0 }, decision.vector, true);
        this.history.delete(path);
        return true;
      case 'adopt':
        this.history.set(path, decision.entry);
        this.disk.set(path, decision.entry.snap);
        return true;
      case 'apply':
        this.#put(path, decision.entry);
        return true;
      case 'settle': {
        const loser = { snap: decision.loser.snap, author: journalDevice(decision.loser.ref.journal) };
        const copy = conflictName(path, loser, (candidate) => {
          const there = this.disk.get(candidate);
          return there !== undefined && !sameContent(there, decision.loser.snap);
        });
        if (!this.disk.has(copy)) {
          this.disk.set(copy, present(onDisk, 'losing bytes'));
          const known = winnerOf(this.heads.get(copy) ?? []);
          if (known && sameContent(known.snap, decision.loser.snap)) this.history.set(copy, known);
          else this.history.set(copy, this.announce(copy, decision.loser.snap, emptyVector, true));
        }
        this.#put(path, this.announce(path, decision.winner.snap, decision.winner.vector, false));
        return true;
      }
      case 'announce-directory':
      case 'displace':
      case 'local-change':
      case 'unknown-kind':
        throw new Error(`unexpected ${decision.kind}`);
    }
  }

  #put(path: RelPath, entry: KnownEntry): void {
    if (isLive(entry.snap)) {
      this.disk.set(path, entry.snap);
      this.history.set(path, entry);
    } else {
      this.disk.delete(path);
      this.history.delete(path);
    }
  }

  paths(): readonly RelPath[] {
    return [...new Set([...this.heads.keys(), ...this.disk.keys(), ...this.history.keys()])];
  }

  settle(): void {
    for (let steps = 0; this.paths().some((path) => this.step(path)); steps++)
      if (steps > 200) throw new Error('a device does not come to rest');
  }
}

function sameObject(a: Snap, b: Snap): boolean {
  const sameTime = a.kind !== 'file' || b.kind !== 'file' || (a.mtimeMs === b.mtimeMs && a.executable === b.executable);
  return sameContent(a, b) && sameTime;
}

function file(content: number, mtimeMs: number): Snap {
  const name = String(content).padStart(64, '0') as never;
  return { kind: 'file', size: 1, mtimeMs, executable: false, cutClass: 'normal', blocks: { kind: 'inline', blocks: [{ name, size: 1 }] } };
}

type Action =
  | { readonly kind: 'write'; readonly device: number; readonly content: number; readonly mtimeMs: number }
  | { readonly kind: 'remove'; readonly device: number }
  | { readonly kind: 'look'; readonly device: number }
  /** `to` hears the oldest entries of `from` that it lacks, at most `count`. */
  | { readonly kind: 'send'; readonly from: number; readonly to: number; readonly count: number };

const device = fc.nat({ max: 2 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), device, content: fc.nat({ max: 4 }), mtimeMs: fc.nat({ max: 3 }) }),
  fc.record({ kind: fc.constant('remove' as const), device }),
  fc.record({ kind: fc.constant('look' as const), device }),
  fc.record({ kind: fc.constant('send' as const), from: device, to: device, count: fc.integer({ min: 1, max: 3 }) }),
);

const path = 'f.txt' as RelPath;

class Model {
  readonly devices = [new ModelDevice('Anna'), new ModelDevice('Ben'), new ModelDevice('Cleo')];
  readonly #heard = new Map<string, number>();
  /**
   * Contents that must still be somewhere: written, and not replaced or removed since by somebody who had them. Equal contents of several
   * devices are one content, which each of them may replace.
   */
  readonly owed = new Set<number>();
  readonly #writers = new Map<number, Set<number>>();

  device(index: number): ModelDevice {
    return present(this.devices[index], 'device');
  }

  do(step: Action): void {
    switch (step.kind) {
      case 'write':
        this.#replaced(step.device);
        this.device(step.device).disk.set(path, file(step.content, step.mtimeMs));
        this.#writers.set(step.content, (this.#writers.get(step.content) ?? new Set()).add(step.device));
        return;
      case 'remove':
        this.#replaced(step.device);
        this.device(step.device).disk.delete(path);
        return;
      case 'look':
        return this.look(step.device);
      case 'send':
        return this.send(step.from, step.to, step.count);
    }
  }

  /** An edit is owed from when it was seen; what its own author undid before was none, and the bytes of a known version are that version. */
  look(index: number): void {
    const { disk, history, heads } = this.device(index);
    const written = contentOf(disk.get(path));
    const known = [history.get(path), ...(heads.get(path) ?? [])].map((entry) => contentOf(entry?.snap));
    if (written >= 0 && !known.includes(written)) this.owed.add(written);
    for (const [content, writers] of this.#writers) if (writers.size > 1) this.owed.delete(content);
    this.device(index).settle();
  }

  #replaced(index: number): void {
    const before = this.device(index).disk.get(path);
    if (before?.kind === 'file') this.owed.delete(contentOf(before));
  }

  send(from: number, to: number, count: number): void {
    const key = `${from}>${to}`;
    const begun = this.#heard.get(key) ?? 0;
    const entries = this.device(from).sent.slice(begun, begun + count);
    for (const entry of entries) this.device(to).hear(entry);
    this.#heard.set(key, begun + entries.length);
  }

  converge(): void {
    for (let round = 0; round < 40; round++) {
      const before = this.devices.map(({ sequence }) => sequence).join();
      for (const index of this.devices.keys()) this.look(index);
      for (const from of [0, 1, 2]) for (const to of [0, 1, 2]) if (from !== to) this.send(from, to, 1000);
      for (const each of this.devices) each.settle();
      if (this.devices.map(({ sequence }) => sequence).join() === before) return;
    }
    throw new Error('the devices do not come to rest');
  }

  contents(): Set<number> {
    const found = new Set<number>();
    for (const { disk } of this.devices) for (const snap of disk.values()) if (snap.kind === 'file') found.add(contentOf(snap));
    return found;
  }
}

function contentOf(snap: Snap | undefined): number {
  return snap?.kind === 'file' && snap.blocks.kind === 'inline' ? Number(snap.blocks.blocks[0]?.name) : -1;
}

function picture({ disk }: ModelDevice): string {
  return [...disk]
    .map(([where, snap]) => `${where}=${contentOf(snap)}@${snap.kind === 'file' ? snap.mtimeMs : ''}`)
    .sort()
    .join('\n');
}

describe('three devices that look and talk in any order', () => {
  test('FLD-3 end with equal disks, lose no content, and what is settled stays settled', () => {
    let conflicts = 0;
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 40 }), (actions) => {
        const model = new Model();
        for (const step of actions) model.do(step);
        model.converge();
        const [anna, ben, cleo] = model.devices.map(picture);
        expect(ben).toBe(anna);
        expect(cleo).toBe(anna);
        const contents = model.contents();
        for (const owed of model.owed) expect([...contents]).toContain(owed);
        if (model.device(0).disk.size > 1) conflicts += 1;
        const entries = model.devices.map(({ sequence }) => sequence);
        for (const each of model.devices) each.settle();
        model.converge();
        expect(model.devices.map(({ sequence }) => sequence)).toEqual(entries);
      }),
      { numRuns: 1500, seed: 7 },
    );
    expect(conflicts).toBeGreaterThan(100);
  });
});
