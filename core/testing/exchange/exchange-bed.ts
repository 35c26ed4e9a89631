import { BufferPool, copyBySet, present } from '../../base/index.ts';
import type { ExchangeEvent, FolderExchange, PeerExchangeStatus } from '../../exchange/index.ts';
import { FolderRouter, createFolderExchange } from '../../exchange/index.ts';
import type { BlockName, DeviceId, HaveVector } from '../../model/index.ts';
import { limits } from '../../model/index.ts';
import type { PeerVerb } from '../../protocol/index.ts';
import type { RecoveryStep } from '../../recovery/index.ts';
import { RecoveryTracker } from '../../recovery/index.ts';
import { FetchBudget } from '../../transfer/index.ts';
import { FolderBed } from '../folder/folder-bed.ts';
import type { BedDeviceOptions, BedHost } from '../folder/folder-bed.ts';
import type { DirectEnd } from './direct-link.ts';
import { DirectLink } from './direct-link.ts';

/** One device with its exchange. */
export class Laptop {
  readonly bed: BedHost;
  readonly exchange: FolderExchange;
  readonly end: DirectEnd;
  readonly recovery: RecoveryTracker;
  readonly budget = new FetchBudget();
  readonly events: ExchangeEvent[] = [];
  readonly steps: RecoveryStep[] = [];

  constructor(bed: BedHost, waitingFilesMax?: number) {
    const { budget } = this;
    this.bed = bed;
    const { clock, random, hasher, logger } = bed.host.ports;
    this.recovery = new RecoveryTracker(clock);
    this.recovery.onStep((step) => this.steps.push(step));
    this.exchange = createFolderExchange({
      ...{ folder: bed.journal.folder, journal: bed.journal, engine: bed.engine, clock, random, hasher, logger, budget },
      memory: new BufferPool(limits.blockMemoryKeptBytesMax, copyBySet),
      recovery: this.recovery,
      ...(waitingFilesMax === undefined ? {} : { waitingFilesMax }),
      onEvent: (event) => this.events.push(event),
    });
    const router = new FolderRouter();
    router.add(this.exchange);
    this.end = { device: bed.signer.device, clock, handlers: router.handlers(), served: [] };
  }

  get device(): DeviceId {
    return this.end.device;
  }

  served(verb: PeerVerb): number {
    return this.end.served.filter((call) => call.verb === verb).length;
  }

  /** Blocks that this device was asked for, by anybody or by `asker`, with repetitions. */
  askedBlocks(asker?: DeviceId): BlockName[] {
    return this.end.served.flatMap(({ verb, from, request }) =>
      verb === 'sendme' && (asker ?? from) === from ? (request as { blocks: { name: BlockName }[] }).blocks.map(({ name }) => name) : [],
    );
  }

  peer(other: Laptop): PeerExchangeStatus {
    return present(
      this.exchange.status().peers.find(({ device }) => device === other.device),
      'peer',
    );
  }
}

/** Devices with one folder, real journals and engines on simulated disks, and direct links between them. */
export class Room {
  readonly bed: FolderBed;
  readonly laptops: Laptop[];
  readonly links = new Map<string, DirectLink>();

  private constructor(bed: FolderBed) {
    this.bed = bed;
    this.laptops = bed.devices.map((device) => new Laptop(device));
  }

  static async of(names: readonly string[], devices: readonly BedDeviceOptions[] = [], seed = 'exchange'): Promise<Room> {
    return new Room(await FolderBed.create(names, { devices, seed }));
  }

  at(index: number): Laptop {
    return present(this.laptops[index], `laptop ${index}`);
  }

  /** A new exchange of a program that was started anew. */
  reopen(index: number, waitingFilesMax?: number): void {
    this.laptops[index] = new Laptop(this.at(index).bed, waitingFilesMax);
  }

  connect(a: number, b: number, latencyMs = 1): DirectLink {
    const link = new DirectLink(this.at(a).end, this.at(b).end, latencyMs);
    this.links.set(`${a}-${b}`, link);
    this.at(a).exchange.peerUp(link.fromA, 'lan');
    this.at(b).exchange.peerUp(link.fromB, 'lan');
    return link;
  }

  /** Whoever stood still goes on. */
  thaw(): void {
    for (const { end } of this.laptops) {
      const { frozen } = end;
      end.frozen = undefined;
      frozen?.resolve();
    }
  }

  connectAll(): void {
    this.laptops.forEach((_, a) => this.laptops.slice(a + 1).forEach((_other, offset) => this.connect(a, a + 1 + offset)));
  }

  /** Runs until `condition` holds, which is looked at every few ms; fails after `withinMs` of virtual time. */
  async until(what: string, condition: () => boolean, withinMs = 60_000): Promise<number> {
    const { scheduler } = this.bed.world;
    const startedMs = scheduler.nowMs;
    while (!condition()) {
      if (scheduler.nowMs - startedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      await scheduler.runFor(20);
    }
    return scheduler.nowMs - startedMs;
  }

  /** Until all folders look the same, as `count` objects if given. */
  same(count?: number, withinMs = 60_000): Promise<number> {
    return this.until(
      'folders are the same',
      () => {
        const prints = this.laptops.map(({ bed }) => bed.print().join('\n'));
        return prints.every((print) => print === prints[0]) && (count === undefined || this.at(0).bed.print().length === count);
      },
      withinMs,
    );
  }

  async stop(): Promise<void> {
    await this.bed.run(Promise.all(this.laptops.map(({ exchange }) => exchange.stop())));
  }
}

/** Entries of all journals together. */
export function reachOfAll(have: HaveVector): number {
  return [...have.values()].reduce((sum, { end }) => sum + end, 0);
}

/** Bytes without repetition. */
export function noise(bytes: number, seed = 1): Uint8Array {
  const content = new Uint8Array(bytes);
  let state = seed;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    content[i] = state >>> 16;
  }
  return content;
}
