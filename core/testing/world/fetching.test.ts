import { describe, expect, test } from 'vitest';
import type { Status } from '../../api/index.ts';
import { KIB, MIB, present } from '../../base/index.ts';
import type { ExchangeStatus } from '../../exchange/index.ts';
import type { RelPath } from '../../model/index.ts';
import { winnerOf } from '../../model/index.ts';
import { noise } from '../exchange/exchange-bed.ts';
import { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { folderOf } from './running-agent.ts';
import { shareFolder } from './setup.ts';

const bigFile = 'big.bin' as RelPath;

/** Three real agents that share a folder, and what a test does to them and sees of them. */
class Trio {
  readonly world = new FolderWorld('fetching', undefined);
  readonly anna = this.world.addLaptop({ name: 'anna' });
  readonly ben = this.world.addLaptop({ name: 'ben' });
  readonly cleo = this.world.addLaptop({ name: 'cleo' });

  /** Anna and ben have a file of `bytes`; cleo, without network since before it was made, does not. */
  static async withFile(bytes: number): Promise<Trio> {
    const trio = new Trio();
    await shareFolder(trio.world);
    trio.cleo.host.nic.setAttached(false);
    trio.anna.host.user.write(`${trio.anna.root}/${bigFile}`, noise(bytes));
    await trio.until('ben has it', () => trio.has(trio.ben), 60_000);
    await trio.world.sim.scheduler.runFor(5000);
    return trio;
  }

  /** Bytes per ms between `source` and cleo. */
  slow(source: Laptop, bytesPerMs: number, latencyMs = 1): void {
    this.world.sim.net.setQuality(source.name, this.cleo.name, { latencyMs, jitterMs: 0, bytesPerMs });
  }

  has(laptop: Laptop): boolean {
    return laptop.host.user.exists(`${laptop.root}/${bigFile}`);
  }

  get exchange(): ExchangeStatus {
    return present(folderOf(this.cleo.running), 'folder').exchange.status();
  }

  /** Bytes of the file that cleo has. */
  get done(): number {
    return this.exchange.transfers[0]?.done ?? 0;
  }

  async status(): Promise<Status> {
    const reply = await this.world.sim.scheduler.drive(present(this.cleo.running, 'cleo').agent.api.call('status', {}), 5000);
    if (!reply.ok) throw new Error(reply.error.text);
    return reply.value;
  }

  /** Kinds of events that cleo's agent notes from now on. */
  listen(): { readonly kind: string; readonly atMs: number }[] {
    const heard: { kind: string; atMs: number }[] = [];
    present(this.cleo.running, 'cleo').core.events.added.on(({ kind }) => heard.push({ kind, atMs: this.world.sim.scheduler.nowMs }));
    return heard;
  }

  /** Looks every few ms. */
  async until(what: string, condition: () => boolean, withinMs: number): Promise<number> {
    const { scheduler } = this.world.sim;
    const startedMs = scheduler.nowMs;
    while (!condition()) {
      if (scheduler.nowMs - startedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      await scheduler.runFor(20);
    }
    return scheduler.nowMs - startedMs;
  }
}

describe('agents that fetch', () => {
  test('FET-4 FET-7 one of two sources is stopped midway: less than two seconds without progress', async () => {
    const trio = await Trio.withFile(6 * MIB);
    for (const source of [trio.anna, trio.ben]) trio.slow(source, 2000);
    trio.cleo.host.nic.setAttached(true);
    await trio.until('a third has come', () => trio.done > 2 * MIB, 60_000);
    trio.anna.host.freeze();
    const { scheduler } = trio.world.sim;
    let [last, lastAtMs, longestMs] = [trio.done, scheduler.nowMs, 0];
    const look = (): boolean => {
      const isThere = trio.has(trio.cleo);
      if (isThere || trio.done !== last) {
        longestMs = Math.max(longestMs, scheduler.nowMs - lastAtMs);
        [last, lastAtMs] = [trio.done, scheduler.nowMs];
      }
      return isThere;
    };
    await trio.until('cleo has it', look, 60_000);
    expect(longestMs).toBeGreaterThan(0);
    expect(longestMs).toBeLessThan(2000);
  });

  test('FET-7 STA-2 the only source left hangs: status names it, and another one that comes continues within a second', async () => {
    const trio = await Trio.withFile(6 * MIB);
    for (const source of [trio.anna, trio.ben]) trio.slow(source, 2000);
    trio.ben.host.nic.setAttached(false);
    trio.cleo.host.nic.setAttached(true);
    await trio.until('a third has come', () => trio.done > 2 * MIB, 60_000);
    trio.anna.host.freeze();
    const annaId = present(trio.anna.running, 'anna').agent.device;
    await trio.until('anna is named', () => trio.exchange.waitingFor.some(({ device }) => device === annaId), 6000);
    await trio.world.sim.scheduler.runFor(60_000);
    const [folder] = (await trio.status()).folders;
    expect(folder?.state).toBe('waiting');
    expect(folder?.why.join(' ')).toContain('waiting for anna');
    expect(folder?.waitingFor.map(({ device }) => device)).toContain(annaId);

    const heard = trio.listen();
    trio.ben.host.nic.setAttached(true);
    await trio.until('ben is there', () => heard.some(({ kind }) => kind === 'link-live'), 10_000);
    await trio.until('it goes on', () => trio.done > 2 * MIB && trio.exchange.moving, 1000);
    await trio.until('cleo has it', () => trio.has(trio.cleo), 30_000);
  });

  test('FET-5 SES-6 a source that sleeps for 30 s midway is used again, and nothing that came is fetched again', async () => {
    const trio = await Trio.withFile(12 * MIB);
    trio.slow(trio.anna, 2000);
    trio.slow(trio.ben, 100);
    trio.cleo.host.nic.setAttached(true);
    const annaId = present(trio.anna.running, 'anna').agent.device;
    const blocksOfAnna = (): number => trio.exchange.transfers[0]?.sources.find(({ device }) => device === annaId)?.blocks ?? 0;
    await trio.until('a third has come', () => trio.done > 4 * MIB, 60_000);
    trio.anna.host.suspend();
    await trio.world.sim.scheduler.runFor(1000);
    const [doneAsleep, blocksAsleep] = [trio.done, blocksOfAnna()];
    await trio.world.sim.scheduler.runFor(29_000);
    expect(trio.done).toBeGreaterThan(doneAsleep);
    trio.anna.host.resume();
    await trio.until('anna delivers again', () => blocksOfAnna() > blocksAsleep, 3000);
    let most = 0;
    const sum = (): number => trio.exchange.transfers[0]?.sources.reduce((all, { blocks }) => all + blocks, 0) ?? 0;
    await trio.until('cleo has it', () => ((most = Math.max(most, sum())), trio.has(trio.cleo)), 120_000);
    const { journal } = present(folderOf(trio.cleo.running), 'folder');
    const { heads } = await trio.world.sim.scheduler.drive(journal.pathState(bigFile), 1000);
    const snap = winnerOf(heads)?.snap;
    const count = snap?.kind === 'file' && snap.blocks.kind === 'inline' ? snap.blocks.blocks.length : 0;
    expect(count).toBeGreaterThan(20);
    // Each was stored once, from one source.
    expect(most).toBeLessThanOrEqual(count);
    expect(most).toBeGreaterThan(count / 2);
  });

  test('FET-4 SES-5 a healthy link of 512 KiB/s carries a file without losing an epoch, a suspicion or a hedge', async () => {
    const trio = await Trio.withFile(8 * MIB);
    trio.slow(trio.anna, (512 * KIB) / 1000, 30);
    trio.ben.host.nic.setAttached(false);
    const heard = trio.listen();
    trio.cleo.host.nic.setAttached(true);
    await trio.until('it has begun', () => trio.done > 0, 20_000);
    const begun = heard.length;
    let hedges = 0;
    await trio.until(
      'cleo has it',
      () => ((hedges = Math.max(hedges, trio.exchange.transfers[0]?.hedges ?? 0)), trio.has(trio.cleo)),
      120_000,
    );
    const kinds = new Set(heard.slice(begun).map(({ kind }) => kind));
    for (const kind of ['link-ended', 'suspect']) expect(kinds).not.toContain(kind);
    expect(hedges).toBe(0);
  });
});
