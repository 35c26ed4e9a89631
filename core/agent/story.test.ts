import { afterEach, describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS, present, wallMsFromIso } from '../base/index.ts';
import type { ApiEvent, ApiParsed, ApiReply, ApiVerb, Lane, Segment } from '../api/index.ts';
import { apiVerbs, eventKinds, isEventKind, lanesSchema, statusSchema } from '../api/index.ts';
import { FolderWorld } from '../testing/world/folder-world.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { folderOf } from '../testing/world/running-agent.ts';
import { shareFolder } from '../testing/world/setup.ts';

/** Laptops with one even folder, told apart by name. */
class Home {
  readonly world = new FolderWorld('story', undefined);
  /** Everything noted since the last `forget`, per laptop. */
  readonly events = new Map<string, ApiEvent[]>();

  static async of(...names: readonly string[]): Promise<Home> {
    const home = new Home();
    for (const name of names) home.world.addLaptop({ name, suspendKind: 'linux' });
    await shareFolder(home.world);
    for (const laptop of home.world.laptops) home.follow(laptop);
    await home.untilEven();
    return home;
  }

  follow({ name, running }: Laptop): void {
    const noted: ApiEvent[] = [];
    this.events.set(name, noted);
    running?.core.events.added.on((event) => noted.push(event));
  }

  forget(): void {
    for (const noted of this.events.values()) noted.length = 0;
  }

  at(name: string): Laptop {
    return present(
      this.world.laptops.find((laptop) => laptop.name === name),
      name,
    );
  }

  idOf(name: string): string {
    return present(this.at(name).running, name).agent.device;
  }

  write(name: string, path: string, content: Uint8Array | string): void {
    this.at(name).host.user.write(`${this.at(name).root}/${path}`, content);
  }

  pass(ms: number): Promise<void> {
    return this.world.sim.scheduler.runFor(ms);
  }

  /** Until everyone awake is up to date with all the others that are awake, and nobody catches up any more. */
  async untilEven(...names: readonly string[]): Promise<void> {
    const laptops = names.length === 0 ? this.world.laptops : names.map((name) => this.at(name));
    const isEven = ({ running }: Laptop): boolean => {
      const folder = folderOf(running);
      if (!running || !folder?.engine.state().scanned || folder.journal.wantedTotals().files > 0) return false;
      const others = laptops.flatMap((other) => (other.running && other.running !== running ? [other.running.agent.device] : []));
      return others.every((device) => folder.peer(device)?.evenData === true && running.core.recovery.ofDevice(device) === undefined);
    };
    const becameEven = await this.world.sim.scheduler.runUntil(() => laptops.every(isEven), 5 * MINUTE_MS);
    expect(becameEven, 'the laptops become even').toBe(true);
  }

  async call<V extends ApiVerb>(name: string, verb: V, request: ApiParsed<V>): Promise<ApiReply<V>> {
    const reply = await this.world.sim.scheduler.drive(present(this.at(name).running, name).agent.api.call(verb, request));
    if (!reply.ok) throw new Error(reply.error.text);
    expect(apiVerbs[verb].reply.safeParse(reply.value).error).toBeUndefined();
    return reply.value;
  }

  async laneOf(name: string, other: string): Promise<Lane> {
    const lanes = await this.call(name, 'lanes', { hours: 24 });
    expect(lanesSchema.safeParse(lanes).error).toBeUndefined();
    const lane = other === name ? lanes.self : lanes.devices.find((each) => each.name === other);
    expectWhole(present(lane, other).segments, lanes.now);
    return present(lane, other);
  }

  /** How often each kind was noted, of those about `other` or, without it, of all. */
  counts(name: string, other?: string): Record<string, number> {
    const about = (this.events.get(name) ?? []).filter(({ device }) => other === undefined || device === this.idOf(other));
    const counts: Record<string, number> = {};
    for (const { kind } of about) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }
}

function msOf(iso: string): number {
  return present(wallMsFromIso(iso), iso);
}

function expectWhole(segments: readonly Segment[], now: string): void {
  segments.forEach((segment, index) => {
    expect(segment.to).toBe(segments[index + 1]?.from ?? null);
    expect(msOf(segment.to ?? now)).toBeGreaterThanOrEqual(msOf(segment.from));
  });
}

/** What is left of a lane without what passes in a moment. */
function statesOf({ segments }: Lane): readonly Segment['state'][] {
  return segments.map(({ state }) => state);
}

function lengthMs(segment: Segment | undefined): number {
  return segment?.to ? msOf(segment.to) - msOf(segment.from) : NaN;
}

function everyEventFits(home: Home): void {
  for (const event of [...home.events.values()].flat()) {
    expect(isEventKind(event.kind), event.kind).toBe(true);
    if (isEventKind(event.kind)) expect(eventKinds[event.kind].safeParse(event.fields ?? {}).error, event.kind).toBeUndefined();
  }
}

let home: Home | undefined;
afterEach(() => {
  if (home) everyEventFits(home);
  home = undefined;
});

describe('the story of a sleep', () => {
  test('REC-1 SES-2 a night is told on both sides, each thing once, and is no incident', async () => {
    home = await Home.of('anna', 'ben');
    await home.pass(MINUTE_MS);
    home.forget();
    home.at('ben').host.suspendWithNotice();
    await home.pass(8 * HOUR_MS);
    home.write('anna', 'night.txt', 'written at night');
    await home.pass(10 * SECOND_MS);
    home.at('ben').host.resume();
    await home.untilEven();

    const once = { 'link-live': 1, 'link-ended': 1, 'references-cleared': 1, 'metadata-even': 1, 'data-even': 1 };
    expect(home.counts('ben')).toMatchObject({ suspended: 1, resumed: 1, ...once });
    expect(home.counts('anna', 'ben')).toMatchObject(once);
    for (const name of ['anna', 'ben']) expect(home.at(name).running?.core.events.incidents()).toEqual([]);

    const own = await home.laneOf('ben', 'ben');
    const asleep = own.segments.find(({ state }) => state === 'asleep');
    expect(lengthMs(asleep)).toBeGreaterThan(8 * HOUR_MS);
    expect(own.wakes).toMatchObject([{ cause: 'wake', asleepSince: asleep?.from, referencesCleared: expect.any(Number), ended: 'even' }]);
    expect(own.wakes[0]?.referencesCleared).toBeGreaterThan(0);
    expect(statesOf(await home.laneOf('ben', 'anna'))).toEqual(expect.arrayContaining(['unknown', 'awake']));

    const seen = await home.laneOf('anna', 'ben');
    expect(statesOf(seen)).toEqual(expect.arrayContaining(['awake', 'asleep', 'recovering']));
    expect(seen.segments.at(-1)).toMatchObject({ state: 'awake', to: null });
    expect(seen.wakes.at(-1)).toMatchObject({ cause: 'peer-wake', asleepSince: expect.any(String), clearedAfterMs: 0, ended: 'even' });
    const status = await home.call('anna', 'status', {});
    expect(status.devices[0]?.lastRecovery).toEqual(seen.wakes.at(-1));
  });

  test('REC-1 a sleep that nobody announced shows by the clocks, with its length', async () => {
    home = await Home.of('anna', 'ben');
    await home.pass(MINUTE_MS);
    home.forget();
    home.at('ben').host.suspend();
    await home.pass(2 * MINUTE_MS);
    home.at('ben').host.resume({ tell: false });
    await home.pass(5 * SECOND_MS);
    await home.untilEven();

    const resumed = home.events.get('ben')?.find(({ kind }) => kind === 'resumed');
    expect(Math.abs(Number(resumed?.fields?.['sleptMs']) - 2 * MINUTE_MS)).toBeLessThan(2 * SECOND_MS);
    const own = await home.laneOf('ben', 'ben');
    expect(Math.abs(lengthMs(own.segments.find(({ state }) => state === 'asleep')) - 2 * MINUTE_MS)).toBeLessThan(2 * SECOND_MS);
    expect((await home.laneOf('ben', 'anna')).wakes.at(-1)).toMatchObject({
      cause: 'wake',
      ended: 'even',
      liveAfterMs: expect.any(Number),
    });
    expect((await home.laneOf('anna', 'ben')).wakes.at(-1)).toMatchObject({ ended: 'even' });
  });

  test('REC-1 a link that outlives a short sleep is told as such', async () => {
    home = await Home.of('anna', 'ben');
    await home.call('ben', 'resume', {});
    await home.pass(5 * SECOND_MS);
    const { wakes } = await home.laneOf('ben', 'anna');
    expect(wakes.at(-1)).toMatchObject({ cause: 'wake', ended: 'even', liveAfterMs: expect.any(Number) });
    expect(home.counts('ben')).toMatchObject({ resumed: 1 });
    expect((home.counts('ben')['link-proved'] ?? 0) + (home.counts('ben')['references-cleared'] ?? 0)).toBe(1);
  });

  test('REC-1 REC-2 an agent that is killed was off until it started again, and its journal is still there', async () => {
    home = await Home.of('anna', 'ben');
    await home.pass(2 * MINUTE_MS);
    home.at('ben').host.crash({ powerCut: true });
    await home.pass(10 * MINUTE_MS);
    home.at('ben').restart();
    await home.world.sim.scheduler.runUntil(() => present(home, 'home').at('ben').running !== undefined);
    await home.untilEven();
    const own = await home.laneOf('ben', 'ben');
    const off = own.segments.find(({ state }) => state === 'off');
    expect(lengthMs(off)).toBeGreaterThan(10 * MINUTE_MS - SECOND_MS);
    expect(lengthMs(off)).toBeLessThan(12 * MINUTE_MS);
    expect(own.wakes).toMatchObject([{ cause: 'restart', ended: 'even' }]);
    const seen = await home.laneOf('ben', 'anna');
    expect(seen.segments.find(({ from }) => from === off?.from)?.state).toBe('unknown');
    expect(seen.wakes.map(({ cause }) => cause)).toEqual(['first-link', 'restart']);
    expect((await home.laneOf('anna', 'ben')).wakes.at(-1)).toMatchObject({ cause: 'peer-restart', ended: 'even' });
  });
});

describe('phases and interruptions', () => {
  const order: readonly unknown[] = ['references', 'metadata', 'data'];

  test('REC-1 a folder goes through its phases in order with each device, and status says how far', async () => {
    home = await Home.of('anna', 'ben');
    home.at('ben').host.suspendWithNotice();
    await home.pass(MINUTE_MS);
    for (let i = 0; i < 40; i++) home.write('anna', `file-${i}.bin`, new Uint8Array(400_000).fill(i + 1));
    await home.pass(10 * SECOND_MS);
    home.forget();
    home.at('ben').host.resume();
    const folder = present(folderOf(home.at('ben').running), 'folder');
    await home.world.sim.scheduler.runUntil(
      () => present(home, 'home').at('ben').running?.core.recovery.ofFolder(folder.id)?.phase === 'data',
    );
    const status = await home.call('ben', 'status', {});
    expect(statusSchema.safeParse(status).error).toBeUndefined();
    expect(status.folders[0]?.upToDate).toBe(false);
    expect(status.folders[0]?.recovery).toMatchObject({ phase: 'data', devices: [{ device: home.idOf('anna'), phase: 'data' }] });
    expect(status.devices[0]).toMatchObject({ state: 'recovering', phase: 'data' });
    await home.untilEven();
    const phases = (home.events.get('ben') ?? []).filter(({ kind }) => kind === 'recovery-phase').map(({ fields }) => fields?.['phase']);
    // A phase that is over between two looks is passed without a word.
    expect([...phases].sort((a, b) => order.indexOf(a) - order.indexOf(b))).toEqual(phases);
    expect(phases.at(-1)).toBe('data');
    expect((await home.call('ben', 'status', {})).folders[0]?.recovery).toBeNull();
  });

  test('REC-2 recovery may be interrupted any number of times: nothing is lost, nothing half, and each is told', async () => {
    home = await Home.of('anna', 'ben');
    home.at('ben').host.suspendWithNotice();
    await home.pass(MINUTE_MS);
    for (let i = 0; i < 30; i++) home.write('anna', `file-${i}.bin`, new Uint8Array(300_000).fill(i + 1));
    await home.pass(10 * SECOND_MS);
    const folder = present(folderOf(home.at('ben').running), 'folder');
    let before = 0;
    for (let i = 0; i < 12; i++) {
      home.at('ben').host.resume();
      await home.pass(250 + 40 * i);
      const { files } = await home.world.sim.scheduler.drive(folder.journal.totals());
      expect(files).toBeGreaterThanOrEqual(before);
      before = files;
      if (i % 3 === 2) home.world.sim.net.resetConnections('anna', 'ben');
      else home.at('ben').host.suspend();
      await home.pass(5 * SECOND_MS);
    }
    home.at('ben').host.resume();
    await home.untilEven();
    for (let i = 0; i < 30; i++) {
      const content = home.at('ben').host.user.read(`${home.at('ben').root}/file-${i}.bin`);
      expect(content.length).toBe(300_000);
      expect(content.every((byte) => byte === i + 1)).toBe(true);
    }
    const { wakes } = await home.laneOf('ben', 'anna');
    expect(wakes.at(-1)?.ended).toBe('even');
    expect(wakes.slice(0, -1).every(({ ended }) => ended !== null)).toBe(true);
    expect(wakes.filter(({ ended }) => ended === 'interrupted').length).toBeGreaterThan(0);
  });

  test('REC-3 one peer that hangs in recovery delays nobody else’s', async () => {
    home = await Home.of('anna', 'ben', 'cleo');
    home.at('ben').host.suspendWithNotice();
    await home.pass(MINUTE_MS);
    home.write('anna', 'new.bin', new Uint8Array(2_000_000).fill(7));
    await home.untilEven('anna', 'cleo');
    home.at('ben').host.resume();
    const ben = present(home.at('ben').running, 'ben');
    const cleo = present(home.at('cleo').running, 'cleo').agent.device;
    await home.world.sim.scheduler.runUntil(() => ben.core.recovery.ofDevice(cleo) !== undefined);
    home.at('cleo').host.freeze();
    const startedMs = home.world.sim.scheduler.nowMs;
    await home.untilEven('anna', 'ben');
    expect(home.world.sim.scheduler.nowMs - startedMs).toBeLessThan(5 * SECOND_MS);
    const { wakes } = await home.laneOf('ben', 'anna');
    expect(wakes.at(-1)).toMatchObject({ cause: 'wake', ended: 'even' });
    expect((await home.laneOf('ben', 'cleo')).wakes.at(-1)?.ended).not.toBe('even');
  });
});

describe('honest status', () => {
  test('STA-1 a device that hangs before its first answer keeps the folder from being called up to date, as long as its link lives', async () => {
    home = await Home.of('anna', 'ben', 'cleo');
    home.world.sim.net.resetConnections('anna', 'cleo');
    const anna = present(home.at('anna').running, 'anna');
    const cleo = present(home.at('cleo').running, 'cleo').agent.device;
    await home.world.sim.scheduler.runUntil(() => anna.core.supervisor.session(cleo) === undefined);
    await home.world.sim.scheduler.runUntil(() => anna.core.supervisor.session(cleo) !== undefined);
    home.at('cleo').host.freeze();
    const { folders } = await home.call('anna', 'status', {});
    expect(anna.core.supervisor.session(cleo)).toBeDefined();
    expect(folders[0]).toMatchObject({ upToDate: false, state: 'recovering', why: [expect.stringContaining('cleo')] });
    await home.untilEven('anna', 'ben');
    await home.pass(30 * SECOND_MS);
    expect((await home.call('anna', 'status', {})).folders[0]).toMatchObject({ upToDate: true });
  });

  test('STA-1 STA-2 reasons are words without instants, which stand in fields', async () => {
    home = await Home.of('anna', 'ben');
    home.at('ben').host.suspendWithNotice();
    await home.pass(2 * HOUR_MS + MINUTE_MS);
    const [folder] = (await home.call('anna', 'status', {})).folders;
    expect(folder).toMatchObject({ state: 'alone', why: ['No other device is reachable; last even with ben 2 h ago.'] });
    expect(Object.keys(folder?.lastEvenAt ?? {})).toEqual([home.idOf('ben')]);
  });

  test('STA-2 a transfer shows where each block comes from, and afterwards what it took', async () => {
    home = await Home.of('anna', 'ben');
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i * 31 + (i >> 9)) % 251);
    home.write('anna', 'big.bin', bytes);
    const folder = present(folderOf(home.at('ben').running), 'folder');
    const isMidway = (): boolean => folder.exchange.status().transfers.some(({ done }) => done > 0);
    expect(await home.world.sim.scheduler.runUntil(isMidway)).toBe(true);
    const blocks = present(folder.exchange.status().transfers[0], 'transfer').blocks();
    expect(blocks.count).toBeGreaterThan(2);
    expect(blocks.cells.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(blocks.cells).toContainEqual(expect.objectContaining({ device: home.idOf('anna'), state: 'arrived' }));
    await home.untilEven();
    await home.pass(10 * SECOND_MS);
    const fetched = (await home.call('ben', 'activity', {})).finished[0];
    expect(fetched).toMatchObject({ path: 'big.bin', bytes: 3_000_000, kind: 'fetched', sources: [{ device: home.idOf('anna') }] });
    const sent = (await home.call('anna', 'activity', {})).finished[0];
    expect(sent).toMatchObject({
      path: 'big.bin',
      kind: 'sent',
      sources: [{ device: home.idOf('ben'), bytes: fetched?.sources[0]?.bytes }],
    });
  });

  test('ROS-4 a reader’s own changes are counted', async () => {
    home = await Home.of('anna', 'ben');
    await home.call('anna', 'folder.share', { folder: 'shared', device: 'ben', role: 'reader' });
    await home.pass(10 * SECOND_MS);
    home.write('ben', 'mine.txt', 'only here');
    await home.pass(30 * SECOND_MS);
    expect((await home.call('ben', 'status', {})).folders[0]).toMatchObject({ role: 'reader', localChanges: 1 });
    expect((await home.call('anna', 'status', {})).folders[0]).toMatchObject({ localChanges: 0, total: { files: 0 } });
  });
});

describe('incidents', () => {
  test('SES-2 INC-1 a link that breaks again and again is one incident with what led to it', async () => {
    home = await Home.of('anna', 'ben');
    for (let i = 0; i < 5; i++) {
      home.world.sim.net.resetConnections('anna', 'ben');
      await home.pass(20 * SECOND_MS);
    }
    const { incidents } = await home.call('anna', 'incidents', {});
    expect(incidents).toMatchObject([{ kind: 'link-unstable', count: 1, device: home.idOf('ben') }]);
    const id = present(incidents[0], 'incident').id.slice(-8);
    const { incident } = await home.call('anna', 'incident', { id });
    expect(incident.history.filter(({ kind }) => kind === 'link-ended').length).toBeGreaterThanOrEqual(3);
    expect((await home.call('anna', 'status', {})).incidents).toBe(1);
  });

  test('INC-2 diagnostics tell the story, and nothing of names where that is asked for', async () => {
    home = await Home.of('anna', 'ben');
    home.write('anna', 'secret plan.txt', 'content of the plan');
    await home.untilEven();
    await home.pass(5 * SECOND_MS);
    const plain = await home.call('ben', 'diagnostics', { hashNames: false });
    expect(plain.files.map(({ name }) => name)).toEqual(expect.arrayContaining(['status.json', 'incidents.json', 'recoveries.json']));
    const hidden = (await home.call('ben', 'diagnostics', { hashNames: true })).files.map(({ text }) => text).join('\n');
    for (const word of ['anna', 'secret plan', '/home/ben', 'content of the plan']) expect(hidden, word).not.toContain(word);
    expect(plain.files.map(({ text }) => text).join('\n')).not.toContain('content of the plan');
  });
});
