import { present } from '../../base/index.ts';
import { chooseCutClass } from '../../chunking/index.ts';
import { createFolderEngine, prepareRoot } from '../../folder/index.ts';
import type { BlockReading, Download, FolderEngine, FolderSettings } from '../../folder/index.ts';
import { createFolder, grantClaims, openFolderJournal, signStatements } from '../../journal/index.ts';
import type { FolderJournal } from '../../journal/index.ts';
import type { BlockName, BlockRef, FolderId, RelPath, Role } from '../../model/index.ts';
import { relPath } from '../../model/index.ts';
import type { Crypto, Signer, Store } from '../../ports/index.ts';
import { delay } from '../../ports/index.ts';
import type { DiskOptions } from '../sim/disk-options.ts';
import type { SimHost } from '../sim/sim-host.ts';
import { SimCrypto, signerFromSeed } from '../sim/sim-crypto.ts';
import { SimWorld } from '../sim/sim-world.ts';
import type { WalkedObject } from '../sim/sim-user.ts';

/** What a program on one host holds while it runs. */
export interface BedProgram {
  readonly store: Store;
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
}

export interface BedDeviceOptions {
  readonly disk?: DiskOptions;
  readonly settings?: Partial<FolderSettings>;
  /** Wall clock error, ms. */
  readonly wallOffsetMs?: number;
}

/** One device of a {@link FolderBed}. */
export class BedHost {
  readonly host: SimHost;
  readonly signer: Signer;
  readonly options: BedDeviceOptions;
  /** Absolute path of the folder. */
  readonly root: string;
  program: BedProgram | undefined;

  constructor(host: SimHost, signer: Signer, options: BedDeviceOptions) {
    this.host = host;
    this.signer = signer;
    this.options = options;
    this.root = `/home/${host.name}/folder`;
  }

  get journal(): FolderJournal {
    return present(this.program, `${this.host.name} runs`).journal;
  }

  get engine(): FolderEngine {
    return present(this.program, `${this.host.name} runs`).engine;
  }

  /** The absolute path of `path` in the folder. */
  at(path: string): string {
    return `${this.root}/${path}`;
  }

  write(path: string, content: string | Uint8Array): void {
    this.host.user.write(this.at(path), content);
  }

  read(path: string): string {
    return Buffer.from(this.host.user.read(this.at(path))).toString();
  }

  exists(path: string): boolean {
    return this.host.user.exists(this.at(path));
  }

  remove(path: string): void {
    this.host.user.remove(this.at(path));
  }

  /** What people see in the folder. */
  tree(): Map<string, WalkedObject> {
    const found = this.host.user.walk(this.root);
    for (const path of found.keys()) if (path === '.dormouse' || path.startsWith('.dormouse/')) found.delete(path);
    return found;
  }

  /** Everything in the folder as text, one line each, for comparing. */
  print(options: { readonly mtimes?: boolean } = {}): readonly string[] {
    return [...this.tree()]
      .map(([path, { kind, content, executable, target, mtimeMs }]) => {
        const time = options.mtimes && kind === 'file' ? ` @${mtimeMs}` : '';
        return `${path} ${kind}${executable ? ' x' : ''} ${kind === 'link' ? target : Buffer.from(content).toString('latin1')}${time}`;
      })
      .sort();
  }
}

export function path(text: string): RelPath {
  const checked = relPath(text);
  if (!checked.ok) throw new Error(`no safe path: ${text}`);
  return checked.value;
}

/** Several devices with one folder on simulated disks and no network: batches and blocks are carried by hand. */
export class FolderBed {
  readonly world: SimWorld;
  readonly crypto: Crypto;
  readonly devices: BedHost[] = [];
  folder = '' as FolderId;
  /** Blocks that were carried from device to device. */
  carriedBlocks = 0;
  #statements: Uint8Array[] = [];
  readonly #handed = new Set<Download>();

  constructor(seed: string) {
    this.world = new SimWorld(seed);
    this.crypto = new SimCrypto(this.world.scheduler.fork('bed'));
  }

  /** A folder of the first of `names`, who makes the others writers. All programs run and have scanned. */
  static async create(
    names: readonly string[],
    options: { readonly seed?: string; readonly devices?: readonly BedDeviceOptions[]; readonly start?: boolean } = {},
  ): Promise<FolderBed> {
    const bed = new FolderBed(options.seed ?? 'folders');
    for (const [index, name] of names.entries()) {
      const device = options.devices?.[index] ?? {};
      const host = bed.world.addHost({ name, disk: device.disk ?? {}, wallOffsetMs: device.wallOffsetMs ?? 0 });
      bed.devices.push(new BedHost(host, signerFromSeed(bed.world.scheduler.fork(`key ${name}`).bytes(32)), device));
      host.user.mkdir(`/home/${name}/folder`);
    }
    const founder = bed.device(0);
    const { random, clock } = founder.host.ports;
    const created = createFolder({
      name: 'Folder',
      deviceName: present(names[0], 'name'),
      crypto: bed.crypto,
      signer: founder.signer,
      random,
      clock,
    });
    bed.folder = created.folder;
    bed.#statements = [...created.statements];
    for (const index of bed.devices.keys()) await bed.run(bed.#prepare(index));
    for (const [index, name] of names.entries()) if (index > 0) await bed.run(bed.grant(index, name, 'writer'));
    if (options.start ?? true) for (const index of bed.devices.keys()) await bed.run(bed.start(index));
    return bed;
  }

  device(index: number): BedHost {
    return present(this.devices[index], `device ${index}`);
  }

  /** Settles as `task` does, virtual time passing. */
  run<T>(task: Promise<T>, withinMs = 3_600_000): Promise<T> {
    return this.world.scheduler.drive(task, withinMs);
  }

  async #prepare(index: number): Promise<void> {
    const { host, root } = this.device(index);
    const prepared = await prepareRoot(host.ports.trees, root, this.folder);
    if (!prepared.ok) throw new Error(prepared.error.text);
    await this.open(index);
  }

  /** Opens store, journal and engine of a program that runs. The engine is not started. */
  async open(index: number): Promise<void> {
    const device = this.device(index);
    const { ports } = device.host;
    const store = await ports.openStore();
    const { clock, random, crypto, logger, trees, watcher, hasher } = ports;
    const journal = await openFolderJournal({ store, crypto, signer: device.signer, random, clock, logger, folder: this.folder });
    await journal.mergeStatements(this.#statements);
    const { device: id } = device.signer;
    const engine = createFolderEngine({
      folder: this.folder,
      root: device.root,
      ...{ trees, watcher, hasher, store, journal, clock, random, crypto, logger, chooseCutClass },
      role: () => journal.roster().members.get(id)?.role ?? 'reader',
      device: { id, name: device.host.name },
      settings: () => device.options.settings ?? {},
    });
    device.program = { store, journal, engine };
  }

  /** The first device gives device `to` a role; everybody hears of it. */
  async grant(to: number, name: string, role: Role): Promise<void> {
    const founder = this.device(0);
    const roster = founder.journal.roster();
    const claims = grantClaims(roster, this.device(to).signer.device, name, role, founder.journal.have());
    const { crypto } = this;
    this.#statements.push(...signStatements(roster, claims, { crypto, signer: founder.signer, clock: founder.host.ports.clock }));
    for (const { program } of this.devices) await program?.journal.mergeStatements(this.#statements);
  }

  /** Starts the engine and waits for its first scan. */
  async start(index: number): Promise<void> {
    const { engine } = this.device(index);
    await engine.start();
    await engine.scanNow();
  }

  /** The program stops as it should. */
  async stop(index: number): Promise<void> {
    const device = this.device(index);
    const { engine, journal, store } = present(device.program, 'running program');
    await engine.stop();
    await journal.close();
    await store.close();
    device.program = undefined;
  }

  /** The program dies. */
  crash(index: number, powerCut = false): void {
    const device = this.device(index);
    if (device.host.state !== 'down') device.host.crash({ powerCut });
    device.program = undefined;
  }

  /** A new run of a program that died or stopped; its engine is started and has scanned. */
  async restart(index: number): Promise<void> {
    const device = this.device(index);
    // Whoever waited for an answer of the earlier run gives up.
    for (const download of this.#handed) download.release();
    this.#handed.clear();
    if (device.host.state === 'down') device.host.restart();
    await this.open(index);
    await this.start(index);
  }

  /** Lets `ms` pass. */
  pass(ms: number): Promise<void> {
    return this.world.scheduler.runFor(ms);
  }

  /** Device `to` gets all batches that `from` has. */
  async transfer(from: number, to: number): Promise<void> {
    const source = this.device(from).journal;
    const target = this.device(to).journal;
    for (const journal of source.have().keys()) {
      for (;;) {
        const items = await source.batchesAfter(journal, target.have().get(journal), 4_000_000);
        if (items.length === 0) break;
        for (const { kind, bytes } of items) {
          const merged = kind === 'batch' ? await target.mergeBatch(bytes) : await target.mergeFloor(bytes);
          if (!merged.ok) throw new Error(`refused: ${JSON.stringify(merged.error)}`);
        }
      }
    }
  }

  /** Fetches one download's blocks from the other devices and finishes it; false where nobody had one of them. */
  async fetch(index: number, download: Download): Promise<boolean> {
    this.#handed.add(download);
    try {
      return await this.#fetch(index, download);
    } finally {
      this.#handed.delete(download);
    }
  }

  async #fetch(index: number, download: Download): Promise<boolean> {
    for (;;) {
      const [block] = download.missing();
      if (!block) break;
      const bytes = await this.#blockFromOthers(index, block.name, block.size);
      const put = bytes && (await download.put(block.name, bytes));
      if (!put?.ok) {
        download.release();
        return false;
      }
      this.carriedBlocks += 1;
    }
    return (await download.finish()).kind === 'published';
  }

  async #blockFromOthers(index: number, name: BlockName, size: number): Promise<Uint8Array | undefined> {
    for (const [other, { program }] of this.devices.entries()) {
      if (other === index || !program) continue;
      const reading = await readBlock(program.engine, { name, size });
      if (reading.kind === 'bytes') return reading.bytes;
    }
    return undefined;
  }

  /** Fetches everything that device `index` can get. */
  async fetchAll(index: number): Promise<void> {
    for (let failures = 0; failures < 5;) {
      const download = await this.device(index).engine.nextDownload();
      if (!download) return;
      if (!(await this.fetch(index, download))) failures += 1;
    }
  }

  /** Scans, carries batches and blocks between all running devices until nothing changes any more. */
  async settle(roundsMax = 30): Promise<void> {
    let before = '';
    for (let round = 0; round < roundsMax; round++) {
      const running = [...this.devices.entries()].filter(([, { program }]) => program !== undefined).map(([index]) => index);
      for (const index of running) await this.device(index).engine.scanNow();
      for (const from of running) for (const to of running) if (from !== to) await this.transfer(from, to);
      await delay(this.device(present(running[0], 'running device')).host.ports.clock, 1500);
      for (const index of running) await this.fetchAll(index);
      const now = JSON.stringify(running.map((index) => [...this.device(index).journal.have()].map(([id, mark]) => [id, mark.end])));
      const isWanted = running.some((index) => this.device(index).journal.wantedTotals().files > 0);
      if (now === before && !isWanted) return;
      before = now;
    }
    throw new Error(`not settled:\n${this.describe()}`);
  }

  /** For messages of failing tests. */
  describe(): string {
    const lines = this.devices.map((device) => {
      const { host, program } = device;
      const problems = program?.journal.problems().map(({ path, kind, text }) => `${path}: ${kind} ${text}`) ?? [];
      const wanted = JSON.stringify(program?.journal.wantedTotals());
      return [
        `${host.name} wanted ${wanted} ${JSON.stringify(problems)} ${JSON.stringify(program?.engine.state())}`,
        ...device.print(),
      ].join('\n');
    });
    return [...lines, this.world.printLogs(50)].join('\n');
  }

  /** {@link FolderBed.settle} with virtual time passing. */
  converge(): Promise<void> {
    return this.run(this.settle());
  }
}

/** Reads one block as for a peer. */
export async function readBlock(engine: FolderEngine, block: BlockRef): Promise<BlockReading> {
  const reads = engine.openBlocks();
  const reading = await reads.read(block, new Uint8Array(block.size));
  await reads.close();
  return reading;
}
