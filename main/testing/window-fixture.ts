import { GIB, HOUR_MS, KIB, MIB, MINUTE_MS, type Result, SECOND_MS, err, ok } from '../../core/base/index.ts';
import {
  type ApiError,
  type ApiReply,
  type ApiVerb,
  type DeviceStatus,
  type FolderStatus,
  type Status,
  apiError,
  isSettingKey,
  settingsSchema,
} from '../../core/api/index.ts';
import { exampleDevice, exampleFolder, exampleStatus } from './example-status.ts';
import { FakeService } from './fake-service.ts';
import { fixtureIds } from './window-fixture-ids.ts';
import { fixtureBlocks } from './window-fixture-story.ts';

/** An agent with three other devices, one of them asleep, and folders in every kind of state, as of `now`. */
export function windowFixture(now: Date): FakeService {
  const service = new FakeService();
  const answer = <V extends ApiVerb>(verb: V, reply: (request: never) => unknown): void =>
    void service.answers.set(verb, async (request) => ok(reply(request as never)));
  const settings: Record<string, string | number | boolean> = settingsSchema.parse({ name: "Mia's laptop" });
  answer('status', () => fixtureStatus(now));
  answer('settings.get', () => ({ settings }));
  service.answers.set('settings.set', async (request) => setSetting(settings, request as { key: string; value: unknown }));
  answer('folder.offers', () => ({
    offers: [{ folder: 'f0'.repeat(32), name: 'Holiday 2026', from: fixtureIds.studio, fromName: 'Studio MacBook', role: 'writer' }],
  }));
  answer('folder.rules', () => ({ text: '*.tmp\nnode_modules/\n/build/\n' }));
  answer('conflicts', () => ({ conflicts: fixtureConflicts(now) }));
  answer('problems', () => ({ problems: fixtureProblems(now) }));
  answer('trash.list', () => ({ items: fixtureTrash(now, 40) }));
  answer('incidents', () => ({
    incidents: [
      {
        id: 'a1',
        at: iso(now, -3 * HOUR_MS),
        lastAt: iso(now, -3 * HOUR_MS),
        kind: 'peer-restarts',
        text: 'Studio MacBook ended the link 4 times within a minute. It may run two agents; look at it.',
        count: 4,
      },
    ],
  }));
  answer('invite', () => ({ invite: `dormouse:pair/1?${'k7Qx2mZr9LwVb4Tn'.repeat(12)}`, expiresAt: iso(now, 10 * MINUTE_MS) }));
  return service;
}

/** An agent of which nothing was asked yet. */
export function freshFixture(now: Date): FakeService {
  const service = windowFixture(now);
  service.answers.set('status', async () =>
    ok({ ...fixtureStatus(now), folders: [], devices: [], transfers: [], offers: 0, incidents: 0, device: ownDevice([]) }),
  );
  service.answers.set('folder.offers', async () => ok({ offers: [] }));
  service.answers.set('conflicts', async () => ok({ conflicts: [] }));
  service.answers.set('problems', async () => ok({ problems: [] }));
  service.answers.set('incidents', async () => ok({ incidents: [] }));
  service.answers.set('trash.list', async () => ok({ items: [] }));
  return service;
}

/** The same refusal as the core's: the schema's own words. */
async function setSetting(
  settings: Record<string, string | number | boolean>,
  { key, value }: { readonly key: string; readonly value: unknown },
): Promise<Result<unknown, ApiError>> {
  if (!isSettingKey(key)) return err(apiError('bad-request', `There is no setting "${key}".`));
  const parsed = settingsSchema.shape[key].safeParse(value);
  if (!parsed.success) return err(apiError('bad-request', parsed.error.issues[0]?.message ?? 'refused'));
  settings[key] = parsed.data;
  return ok({ key, value: parsed.data });
}

export function fixtureStatus(now: Date): Status {
  return {
    ...exampleStatus,
    at: now.toISOString(),
    device: ownDevice([]),
    pause: null,
    folders: fixtureFolders(now),
    devices: fixtureDevices(now),
    transfers: fixtureTransfers(),
    offers: 1,
    incidents: 1,
  };
}

function ownDevice(warnings: string[]): Status['device'] {
  return {
    ...exampleStatus.device,
    id: fixtureIds.self,
    name: "Mia's laptop",
    keyStorage: 'os',
    addresses: ['/ip4/192.168.1.23/tcp/4001', '/ip6/fd12::23/tcp/4001'],
    warnings,
  };
}

function fixtureDevices(now: Date): DeviceStatus[] {
  const base: DeviceStatus = { ...exampleDevice, needs: { files: 0, bytes: 0 }, rateIn: 0, rateOut: 0 };
  return [
    {
      ...base,
      id: fixtureIds.thinkpad,
      name: "Anna's ThinkPad",
      state: 'asleep',
      epoch: null,
      address: null,
      path: null,
      rttMs: null,
      asleepSince: iso(now, -2.3 * HOUR_MS),
      lastSeenAt: iso(now, -2.3 * HOUR_MS),
      needs: { files: 12, bytes: 3 * MIB },
    },
    {
      ...base,
      id: fixtureIds.nas,
      name: 'nas',
      state: 'live',
      rttMs: 0.42,
      rateIn: 41.3 * MIB,
      address: '/ip4/192.168.1.5/tcp/4001',
      addresses: ['/dns4/nas.example/tcp/4001'],
    },
    {
      ...base,
      id: fixtureIds.studio,
      name: 'Studio MacBook',
      state: 'recovering',
      phase: 'metadata',
      rttMs: 18,
      rateIn: 6.1 * MIB,
      rateOut: 220 * KIB,
      needs: { files: 40, bytes: 12 * MIB },
      sending: { files: 3, bytes: 2 * MIB, sent: 1.2 * MIB },
      path: 'wan',
      address: '/ip4/203.0.113.9/tcp/51122',
    },
  ];
}

function fixtureFolders(now: Date): FolderStatus[] {
  const member = (device: string, name: string, joined = true): FolderStatus['devices'][number] => ({
    device,
    name,
    role: 'writer',
    joined,
  });
  const thinkpad = member(fixtureIds.thinkpad, "Anna's ThinkPad");
  const nas = member(fixtureIds.nas, 'nas');
  const studio = member(fixtureIds.studio, 'Studio MacBook');
  const base: FolderStatus = {
    ...exampleFolder,
    state: 'up-to-date',
    upToDate: true,
    why: [],
    wanted: { files: 0, bytes: 0 },
    waitingFor: [],
    rate: 0,
    etaSeconds: null,
    recovery: null,
    conflicts: 0,
    problems: 0,
    devices: [nas, studio],
  };
  return [
    {
      ...base,
      id: 'a0'.repeat(32),
      name: 'Photos',
      path: '/home/mia/Pictures/Photos',
      state: 'syncing',
      upToDate: false,
      why: ['214 files are still wanted.'],
      wanted: { files: 214, bytes: 3.1 * GIB },
      total: { files: 18_204, bytes: 84 * GIB },
      rate: 47.4 * MIB,
      etaSeconds: 67,
      devices: [nas, studio],
    },
    {
      ...base,
      id: 'a1'.repeat(32),
      name: 'Documents',
      path: '/home/mia/Documents',
      total: { files: 3120, bytes: 2.2 * GIB },
      onlyHere: { files: 0, bytes: 0 },
      conflicts: 2,
      devices: [nas, studio],
    },
    {
      ...base,
      id: 'a2'.repeat(32),
      name: 'Thesis',
      path: '/home/mia/Thesis',
      state: 'waiting',
      upToDate: false,
      why: ['3 files are still wanted; waiting for Anna’s ThinkPad.'],
      wanted: { files: 3, bytes: 18 * MIB },
      total: { files: 412, bytes: 640 * MIB },
      waitingFor: [{ device: fixtureIds.thinkpad, since: iso(now, -2 * HOUR_MS) }],
      onlyHere: { files: 12, bytes: 3 * MIB },
      devices: [thinkpad],
    },
    {
      ...base,
      id: 'a3'.repeat(32),
      name: 'Music from everybody who ever lived in this flat, sorted by the year in which they moved in',
      path: '/home/mia/Music/Music from everybody who ever lived in this flat',
      role: 'reader',
      state: 'recovering',
      upToDate: false,
      why: ['Catching up with Studio MacBook: journals are not even yet.'],
      total: { files: 9211, bytes: 61 * GIB },
      recovery: { phase: 'metadata', done: 340, total: 1200, devices: [] },
      problems: 1,
      devices: [studio],
    },
    { ...base, id: 'a4'.repeat(32), name: 'Scans', path: '/home/mia/Scans', state: 'paused', upToDate: false, why: ['Paused here.'] },
    {
      ...base,
      id: 'a5'.repeat(32),
      name: 'USB stick',
      path: '/media/mia/stick/work',
      state: 'stopped',
      upToDate: false,
      why: ['The folder is not at /media/mia/stick/work: its marker is missing. Connect the disk, or move the folder back.'],
      total: { files: 88, bytes: 410 * MIB },
    },
  ];
}

/** Members of `recovery` that a later version of the contract asks for. */

function fixtureTransfers(): Status['transfers'] {
  const source = (device: string, blocks: number, overdue = 0): Status['transfers'][number]['sources'][number] => ({
    device,
    blocks,
    overdue,
  });
  const transfers = [
    {
      folder: 'a0'.repeat(32),
      path: '2026/11 November/Concert in the old tram depot, evening, second camera.mp4',
      bytes: 1.8 * GIB,
      done: 1.1 * GIB,
      rate: 38 * MIB,
      hedges: 2,
      sources: [source(fixtureIds.nas, 3310), source(fixtureIds.studio, 870, 3)],
      blocks: fixtureBlocks([fixtureIds.nas, fixtureIds.studio], 7373, 0.61),
    },
    {
      folder: 'a0'.repeat(32),
      path: '2026/11 November/IMG_4410.dng',
      bytes: 52 * MIB,
      done: 12 * MIB,
      rate: 9.4 * MIB,
      hedges: 0,
      sources: [source(fixtureIds.nas, 48)],
      blocks: fixtureBlocks([fixtureIds.nas], 208, 0.23),
    },
  ];
  return transfers;
}

function fixtureConflicts(now: Date): ApiReply<'conflicts'>['conflicts'] {
  const conflict = (of: string, agoMs: number): ApiReply<'conflicts'>['conflicts'][number] => ({
    folder: 'a1'.repeat(32),
    folderName: 'Documents',
    path: of.replace(/(\.\w+)$/, ' (conflict zK8wL2m 2026-11-19 184012)$1'),
    of,
    bytes: 48_211,
    mtime: iso(now, -agoMs),
    author: "Anna's ThinkPad",
    current: { bytes: 51_902, mtime: iso(now, -agoMs + 40 * MINUTE_MS), author: "Mia's laptop" },
  });
  return [conflict('Flat/Budget 2027.ods', 5 * HOUR_MS), conflict('Letters/Landlord.odt', 26 * HOUR_MS)];
}

function fixtureProblems(now: Date): ApiReply<'problems'>['problems'] {
  return [
    {
      folder: 'a3'.repeat(32),
      folderName: 'Music',
      path: '2019/Live: at the “Kantine”/01 Opening.flac',
      kind: 'name-impossible-here',
      permanent: true,
      text: 'the name has a ":" in it, which this disk cannot hold; rename it on another device',
      since: iso(now, -3 * 24 * HOUR_MS),
    },
  ];
}

/** `count` things in the trash, the newest first. */
export function fixtureTrash(now: Date, count: number): ApiReply<'trash.list'>['items'] {
  return Array.from({ length: count }, (_, index) => ({
    id: `t${index}`,
    folder: 'a1'.repeat(32),
    folderName: 'Documents',
    path: `Letters/Draft ${String(index + 1).padStart(5, '0')}.odt`,
    reason: index % 3 === 0 ? ('removed' as const) : ('replaced' as const),
    bytes: 20_000 + index * 137,
    at: iso(now, -index * 11 * MINUTE_MS - 20 * SECOND_MS),
  }));
}

function iso(now: Date, deltaMs: number): string {
  return new Date(now.getTime() + deltaMs).toISOString();
}
