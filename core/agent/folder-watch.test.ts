import { describe, expect, test } from 'vitest';
import type { EventFieldsOf, Status } from '../api/index.ts';
import { eventKinds } from '../api/index.ts';
import { MIB, SECOND_MS, present } from '../base/index.ts';
import { patternBytes } from '../testing/contracts/support.ts';
import { AgentsWorld } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { folderOf } from '../testing/world/running-agent.ts';
import { folderVerdict } from './folder-state.ts';
import type { FolderGlance } from './folder-watch.ts';
import { folderFacts } from './status.ts';

/** A hint, and when it was told, virtual ms. */
interface Told {
  readonly atMs: number;
  readonly glance: EventFieldsOf<'folder-state'>;
}

/** Two laptops that share a folder and are even, and what their agents tell of it from then on. */
class Pair {
  readonly agents: AgentsWorld;
  readonly anna: Laptop;
  readonly bert: Laptop;
  readonly told: ReadonlyMap<Laptop, Told[]>;

  static async of(seed: string): Promise<Pair> {
    const agents = await new AgentsWorld(seed, ['anna', 'bert']).startSharing();
    await agents.runFor(10 * SECOND_MS);
    return new Pair(agents);
  }

  private constructor(agents: AgentsWorld) {
    this.agents = agents;
    [this.anna, this.bert] = agents.laptops as [Laptop, Laptop];
    this.told = new Map(agents.laptops.map((laptop) => [laptop, this.#listen(laptop)]));
  }

  #listen(laptop: Laptop): Told[] {
    const told: Told[] = [];
    present(laptop.running, laptop.name).core.events.added.on(({ kind, fields }) => {
      if (kind === 'folder-state') told.push({ atMs: this.nowMs, glance: eventKinds[kind].parse(fields) });
    });
    return told;
  }

  get nowMs(): number {
    return this.agents.world.sim.scheduler.nowMs;
  }

  slow(bytesPerMs: number): void {
    this.agents.world.sim.net.setQuality('anna', 'bert', { latencyMs: 1, jitterMs: 0, bytesPerMs });
  }

  /** Anna puts a file of so many bytes into the folder, no two blocks of which are the same. */
  film(bytes: number): void {
    this.anna.host.user.write(`${this.anna.root}/film`, patternBytes(bytes));
  }

  of(laptop: Laptop): Told[] {
    return present(this.told.get(laptop), laptop.name);
  }

  /** How long after `happens` the first hint like `glance` is told, ms; nobody asks for anything meanwhile. */
  async toldAfter(laptop: Laptop, happens: () => boolean, glance: Partial<FolderGlance>): Promise<number> {
    await this.agents.until(happens);
    const fromMs = this.nowMs;
    const find = (): Told | undefined =>
      this.of(laptop).find(
        (told) => told.atMs >= fromMs && Object.entries(glance).every(([key, value]) => told.glance[key as keyof FolderGlance] === value),
      );
    await this.agents.until(() => find() !== undefined, 5 * SECOND_MS);
    return present(find(), 'hint').atMs - fromMs;
  }

  status(laptop: Laptop): Promise<Status> {
    return this.agents.call(laptop, 'status', {});
  }
}

const toldWithinMs = 250;

describe('a folder tells what is seen of it', () => {
  test('STA-2 that a transfer begins and ends is told at once on the device that fetches', async () => {
    const pair = await Pair.of('fetch');
    const { bert } = pair;
    pair.slow(2_000);
    pair.film(4 * MIB);
    const wanted = (): number => present(folderOf(bert.running), 'folder').journal.wantedTotals().files;
    expect(await pair.toldAfter(bert, () => wanted() > 0, { wants: true, state: 'syncing' })).toBeLessThanOrEqual(toldWithinMs);
    const isComing = (): boolean => present(folderOf(bert.running), 'folder').exchange.status().moving;
    expect(await pair.toldAfter(bert, isComing, { fetches: true })).toBeLessThanOrEqual(toldWithinMs);
    expect((await pair.status(bert)).transfers).toMatchObject([{ path: 'film', bytes: 4 * MIB }]);
    expect(await pair.toldAfter(bert, () => wanted() === 0, { wants: false, fetches: false, state: 'up-to-date' })).toBeLessThanOrEqual(
      toldWithinMs,
    );
  });

  test('STA-2 STA-3 a local edit is told where it was made, that it is sent, and that it is elsewhere too', async () => {
    const pair = await Pair.of('edit');
    const { agents, anna, bert } = pair;
    pair.slow(2_000);
    const folder = present(folderOf(anna.running), 'folder');
    const recorded = folder.journal.have().get(folder.journal.own)?.end ?? 0;
    pair.film(4 * MIB);
    const isRecorded = (): boolean => (folder.journal.have().get(folder.journal.own)?.end ?? 0) > recorded;
    expect(await pair.toldAfter(anna, isRecorded, { onlyHere: true })).toBeLessThanOrEqual(toldWithinMs);
    expect(await pair.toldAfter(anna, () => folder.exchange.status().isSending, { sends: true })).toBeLessThanOrEqual(toldWithinMs);
    const [device] = (await pair.status(anna)).devices;
    expect(device).toMatchObject({ name: 'bert', sending: { files: 1, bytes: 4 * MIB } });
    expect(present(device, 'bert').sending.sent).toBeGreaterThan(0);
    expect(present(device, 'bert').sending.sent).toBeLessThan(4 * MIB);
    const entry = present((await agents.drive(folder.journal.pathStates(['film' as never])))[0]?.heads[0], 'entry');
    const isDelivered = (): boolean => folder.journal.devicesThatApplied(entry.ref).length > 0;
    expect(await pair.toldAfter(anna, isDelivered, { onlyHere: false })).toBeLessThanOrEqual(toldWithinMs);
    expect((await pair.status(anna)).devices[0]?.sending).toEqual({ files: 0, bytes: 0, sent: 0 });
    // What of a file is not asked for a while is not sent any more.
    await agents.runFor(5 * SECOND_MS);
    expect(pair.of(anna).at(-1)?.glance).toMatchObject({ state: 'up-to-date', sends: false });
    expect(bert.host.user.exists(`${bert.root}/film`)).toBe(true);
  });

  test('STA-2 a thousand small files are told a few times, and a quiet folder tells nothing', async () => {
    const pair = await Pair.of('many');
    const { agents, anna, bert } = pair;
    const startMs = pair.nowMs;
    for (let n = 0; n < 1_000; n++) agents.write(anna, `notes/${n}`, `note ${n}`);
    await agents.converge();
    await agents.runFor(5 * SECOND_MS);
    for (const laptop of [anna, bert]) {
      const told = pair.of(laptop);
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThanOrEqual(((pair.nowMs - startMs) / SECOND_MS) * 5 + 1);
      expect(told.length).toBeLessThan(25);
      told.forEach(({ atMs }, index) => expect(atMs - (told[index - 1]?.atMs ?? -Infinity)).toBeGreaterThan(199));
      told.length = 0;
    }
    const { journal } = present(folderOf(anna.running), 'folder');
    const looked = journal.isAnyOnlyHere.bind(journal);
    let looks = 0;
    journal.isAnyOnlyHere = (among) => {
      looks += 1;
      return looked(among);
    };
    await agents.runFor(600 * SECOND_MS);
    expect([...pair.told.values()].flat()).toEqual([]);
    expect(looks).toBe(0);
  });

  test('STA-1 STA-3 a large changed file that is being read is neither up to date nor safe', async () => {
    const pair = await Pair.of('large');
    const { agents, anna } = pair;
    const { core } = present(anna.running, 'anna');
    const folder = present(folderOf(anna.running), 'folder');
    anna.host.diskSpeed = { operationMs: [4, 5], syncMs: [4, 5] };
    pair.film(70_000_000);
    const reading = (): number => folder.engine.state().reading.files;
    expect(await pair.toldAfter(anna, () => reading() > 0, { reads: true, state: 'scanning' })).toBeLessThanOrEqual(toldWithinMs);
    const verdict = folderVerdict(folderFacts(core, folder), String);
    expect(verdict).toMatchObject({ state: 'scanning', upToDate: false, why: ['1 changed file (67 MiB) is still being read.'] });
    await agents.runFor(200);
    const [status] = (await pair.status(anna)).folders;
    expect(status).toMatchObject({ upToDate: false, reading: { files: 1, bytes: 70_000_000 }, onlyHere: { files: 0 } });
    expect(status?.reading.done).toBeGreaterThan(0);
    expect(status?.reading.done).toBeLessThan(70_000_000);
    expect(await pair.toldAfter(anna, () => reading() === 0, { reads: false, onlyHere: true })).toBeLessThanOrEqual(toldWithinMs);
  }, 30_000);

  test('STA-1 a whole scan that finds nothing changes nothing that is seen', async () => {
    const pair = await Pair.of('nothing');
    const { agents, anna } = pair;
    for (let n = 0; n < 50; n++) agents.write(anna, `shelf/${n}`, `book ${n}`);
    await agents.converge();
    await agents.runFor(10 * SECOND_MS);
    pair.of(anna).length = 0;
    const { core } = present(anna.running, 'anna');
    const folder = present(folderOf(anna.running), 'folder');
    anna.host.diskSpeed = { operationMs: [20, 30], syncMs: [20, 30] };
    const scanned = folder.engine.scanNow();
    const states = new Set<string>();
    let isScanned = false;
    void scanned.then(() => (isScanned = true));
    await agents.until(() => {
      states.add(folderVerdict(folderFacts(core, folder), String).state);
      return isScanned;
    });
    expect([...states]).toEqual(['up-to-date']);
    await agents.runFor(SECOND_MS);
    expect(pair.of(anna)).toEqual([]);
  });

  test('STA-2 pausing is told', async () => {
    const pair = await Pair.of('pause');
    const { agents, anna } = pair;
    await agents.call(anna, 'folder.pause', { folder: 'shared', paused: true });
    expect(await pair.toldAfter(anna, () => true, { state: 'paused' })).toBeLessThanOrEqual(toldWithinMs);
    await agents.call(anna, 'folder.pause', { folder: 'shared', paused: false });
    expect(await pair.toldAfter(anna, () => true, { state: 'up-to-date' })).toBeLessThanOrEqual(3 * SECOND_MS);
  });

  test('INC-1 STA-2 what is told is a hint: it is not kept, and leaves no gap in the numbers', async () => {
    const pair = await Pair.of('hint');
    const { agents, anna } = pair;
    agents.write(anna, 'note', 'text');
    await agents.converge();
    await agents.runFor(5 * SECOND_MS);
    expect(pair.of(anna).length).toBeGreaterThan(0);
    const { events } = await agents.call(anna, 'events', { limit: 1000 });
    expect(events.map(({ kind }) => kind)).not.toContain('folder-state');
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  });
});
