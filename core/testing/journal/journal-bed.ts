import { createHash } from 'node:crypto';
import { monoMs, present, wallMs } from '../../base/index.ts';
import { createFolder, grantClaims, openFolderJournal, signStatements } from '../../journal/index.ts';
import type { DiskStat, FolderJournal, HistoryRow } from '../../journal/index.ts';
import { emptyVector, noBlocks, pathKey, relPath, vectorText, winnerOf } from '../../model/index.ts';
import type {
  BlockName,
  BlockRef,
  EntryDraft,
  FileSnap,
  FolderId,
  KnownEntry,
  RelPath,
  Role,
  RosterClaim,
  Snap,
  VersionVector,
} from '../../model/index.ts';
import { silentLogger } from '../../ports/index.ts';
import type { Clock, Crypto, Signer } from '../../ports/index.ts';
import { Prng } from '../sim/prng.ts';
import { SimCrypto, signerFromSeed } from '../sim/sim-crypto.ts';
import { PlainStore } from './plain-store.ts';

/** One device of a {@link JournalBed}: its key, its store and its open journal. */
export interface BedDevice {
  readonly name: string;
  readonly signer: Signer;
  store: PlainStore;
  journal: FolderJournal;
}

export function path(text: string): RelPath {
  const checked = relPath(text);
  if (!checked.ok) throw new Error(`no safe path: ${text}`);
  return checked.value;
}

export function blockName(text: string): BlockName {
  return createHash('sha256').update(text).digest('hex') as BlockName;
}

/** A file whose one block is named after `content`. */
export function file(content: string, options: { readonly size?: number; readonly mtimeMs?: number } = {}): FileSnap {
  const { size = 10, mtimeMs = 1000 } = options;
  const blocks: BlockRef[] = [{ name: blockName(content), size }];
  return { kind: 'file', size, mtimeMs, executable: false, cutClass: 'normal', blocks: size === 0 ? noBlocks : { kind: 'inline', blocks } };
}

export const directory: Snap = { kind: 'directory' };

export function removed(mtimeMs = 2000): Snap {
  return { kind: 'removed', mtimeMs };
}

export function statOf(snap: Snap): DiskStat {
  const kind = snap.kind === 'directory' ? 'directory' : snap.kind === 'link' ? 'link' : 'file';
  return {
    kind,
    size: snap.kind === 'file' ? snap.size : 0,
    mtimeMs: snap.kind === 'file' ? snap.mtimeMs : 0,
    mode: 0o644,
    device: '1',
    inode: '7',
  };
}

/** Several devices with one folder and stores in memory, without any network: transfers are made by hand, whole or in parts. */
export class JournalBed {
  readonly #options: { readonly batchEntriesMax?: number };
  readonly prng: Prng;
  readonly crypto: Crypto;
  readonly devices: BedDevice[] = [];
  folder = '' as FolderId;
  nowMs = 1_000_000;

  private constructor(seed: string, options: { readonly batchEntriesMax?: number }) {
    this.#options = options;
    this.prng = new Prng(seed);
    this.crypto = new SimCrypto(this.prng.fork('crypto'));
  }

  /** A folder of the first of `names`, who makes the others writers; everyone knows the roster. */
  static async create(
    names: readonly string[],
    seed = 'journals',
    options: { readonly batchEntriesMax?: number } = {},
  ): Promise<JournalBed> {
    const bed = new JournalBed(seed, options);
    const signers = names.map((name) => signerFromSeed(bed.prng.fork(`key ${name}`).bytes(32)));
    const founder = present(signers[0], 'a founder');
    const created = createFolder({
      name: 'Folder',
      deviceName: present(names[0], 'name'),
      crypto: bed.crypto,
      signer: founder,
      random: bed.random('create'),
      clock: bed.clock,
    });
    bed.folder = created.folder;
    for (const [index, name] of names.entries()) {
      const store = new PlainStore();
      const signer = present(signers[index], 'signer');
      const journal = await bed.open(store, signer, name);
      bed.devices.push({ name, signer, store, journal });
      await journal.mergeStatements(created.statements);
    }
    for (const [index, name] of names.entries())
      if (index > 0)
        await bed.say(0, grantClaims(bed.device(0).journal.roster(), present(signers[index], 'signer').device, name, 'writer', new Map()));
    return bed;
  }

  readonly clock: Clock = {
    wallNow: () => wallMs(this.nowMs),
    monoNow: () => monoMs(this.nowMs),
    sleepDriftMs: () => undefined,
    utcOffsetMinutes: () => 0,
    setTimer: () => {
      throw new Error('journals set no timers');
    },
  };

  random(label: string): { readonly bytes: (length: number) => Uint8Array; readonly fraction: () => number } {
    const prng = this.prng.fork(label);
    return { bytes: (length) => prng.bytes(length), fraction: () => prng.fraction() };
  }

  device(index: number): BedDevice {
    return present(this.devices[index], `device ${index}`);
  }

  journal(index: number): FolderJournal {
    return this.device(index).journal;
  }

  #opened = 0;

  open(store: PlainStore, signer: Signer, name: string): Promise<FolderJournal> {
    this.#opened += 1;
    const random = this.random(`open ${name} ${this.#opened}`);
    return openFolderJournal({
      store,
      crypto: this.crypto,
      signer,
      random,
      clock: this.clock,
      logger: silentLogger,
      folder: this.folder,
      ...this.#options,
    });
  }

  /** A restart of a device, with `store` in place of its own where given. */
  async reopen(index: number, store?: PlainStore): Promise<void> {
    const device = this.device(index);
    await device.journal.close();
    if (store) device.store = store;
    device.journal = await this.open(device.store, device.signer, device.name);
  }

  /** Device `index` signs claims; `to` (everyone unless given) merge them. */
  async say(index: number, claims: readonly RosterClaim[], to: readonly number[] = this.devices.map((_, each) => each)): Promise<void> {
    const { journal, signer } = this.device(index);
    const statements = signStatements(journal.roster(), claims, { crypto: this.crypto, signer, clock: this.clock });
    for (const each of new Set([index, ...to])) {
      const merged = await this.journal(each).mergeStatements(statements);
      if (!merged.ok) throw new Error(merged.error.text);
    }
  }

  async grant(by: number, to: number, role: Role, hears?: readonly number[]): Promise<void> {
    const { signer, name } = this.device(to);
    const { journal } = this.device(by);
    await this.say(by, grantClaims(journal.roster(), signer.device, name, role, journal.have()), hears);
  }

  /** A local change on device `index`: announced with the vector that its history has (JRN-4), and on its disk. */
  async edit(index: number, where: string, snap: Snap): Promise<KnownEntry> {
    const [entry] = await this.editMany(index, [[where, snap]]);
    return present(entry, 'announced entry');
  }

  async editMany(index: number, edits: readonly (readonly [string, Snap])[]): Promise<readonly KnownEntry[]> {
    const { journal } = this.device(index);
    const states = await journal.pathStates(edits.map(([where]) => path(where)));
    const drafts = edits.map(([where, snap], at) => {
      const vector: VersionVector = states[at]?.history?.entry.vector ?? emptyVector;
      const draft: EntryDraft = { path: path(where), snap, vector, bump: true };
      return { draft, onDisk: snap.kind === 'removed' ? ('absent' as const) : { stat: statOf(snap) } };
    });
    return journal.announce(drafts);
  }

  /** Publishes the winners of everything wanted. */
  async applyAll(index: number): Promise<void> {
    const { journal } = this.device(index);
    for (;;) {
      const rows = await journal.wanted({ limit: 500 });
      const states = await journal.pathStates(rows.filter((row) => row.held === undefined).map((row) => row.path));
      if (states.length === 0) return;
      await journal.recordHistory(
        states.map(({ path: at, heads }) => {
          const entry = present(winnerOf(heads), 'winner');
          if (entry.snap.kind === 'removed') return { kind: 'forget', path: at };
          const row: HistoryRow = { path: at, entry, stat: statOf(entry.snap) };
          return { kind: 'set', row };
        }),
      );
    }
  }

  /** Sends at most `itemsMax` batches and floors; returns how many were sent. Throws where one is refused, unless told otherwise. */
  async transfer(from: number, to: number, itemsMax = Infinity, onRefused: 'throw' | 'stop' = 'throw'): Promise<number> {
    let sent = 0;
    const source = this.journal(from);
    const target = this.journal(to);
    for (const journal of source.have().keys()) {
      for (;;) {
        const items = await source.batchesAfter(journal, target.have().get(journal), 256 * 1024);
        if (items.length === 0) break;
        for (const item of items) {
          if (sent >= itemsMax) return sent;
          const merged = await (item.kind === 'batch' ? target.mergeBatch(item.bytes) : target.mergeFloor(item.bytes));
          if (!merged.ok && onRefused === 'stop') return sent;
          if (!merged.ok) throw new Error(`${item.kind} of ${journal} refused: ${JSON.stringify(merged.error)}`);
          sent += 1;
          if (sent > 100_000) throw new Error('a transfer without end');
        }
      }
    }
    return sent;
  }

  /** Everyone to everyone until nothing moves. */
  async evenOut(): Promise<void> {
    let moved = 1;
    while (moved > 0) {
      moved = 0;
      for (const from of this.devices.keys()) for (const to of this.devices.keys()) if (from !== to) moved += await this.transfer(from, to);
    }
  }

  /** Heads of every path as text, the same for the same knowledge. */
  async heads(index: number, paths: readonly string[]): Promise<string> {
    const states = await this.journal(index).pathStates(paths.map(path));
    return states.map((state) => `${pathKey(state.path)}: ${headsText(state.heads)}`).join('\n');
  }

  async applied(from: number, to: number): Promise<void> {
    await this.journal(to).recordPeerApplied(this.device(from).signer.device, await this.journal(from).applied());
  }
}

export function headsText(heads: readonly KnownEntry[]): string {
  return heads
    .map((head) => `${head.ref.journal}#${head.ref.sequence} ${vectorText(head.vector)} ${JSON.stringify(head.snap)}`)
    .sort()
    .join(' | ');
}
