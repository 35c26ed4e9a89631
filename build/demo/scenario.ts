import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiReply } from '../../core/api/index.ts';
import { MIB } from '../../core/base/index.ts';
import { DemoDevice } from './device.ts';
import { feed } from './material.ts';
import type { DemoReport } from './report.ts';
import { type TreeFacts, describeTree, readTree, treeDifferences } from './tree.ts';
import { DaemonFailure, waitFor, within } from '../../main/testing/daemon-process.ts';

const folderName = 'shared';
const shortMs = 60_000;
/** For what moves all the data, on a slow machine too. */
const longMs = 30 * 60_000;
const roundsMax = 5;
const differencesShownMax = 20;

/** Everything that the demo shows, in order. Throws {@link DaemonFailure} at the first thing that is not as it must be. */
export async function runScenario(
  folder: string,
  options: { readonly small: boolean },
  report: DemoReport,
  devices: DemoDevice[],
): Promise<void> {
  const [anna, ben, carl] = ['anna', 'ben', 'carl'].map((name) => addDevice(name, folder, devices)) as [DemoDevice, DemoDevice, DemoDevice];

  const progress = (): Promise<string> => describeProgress(devices);

  await report.step('Start three devices', async () => {
    await Promise.all(devices.map((device) => device.start()));
    return devices.map(({ name, ready, pid }) => `${name}: ${ready?.deviceId} (pid ${pid})`).join('\n');
  });
  await report.step('Pair them by invites, share a folder, accept it', async () => {
    await anna.command('folder', 'add', anna.folder, '--name', folderName);
    for (const device of [ben, carl]) await admit(anna, device);
    return '';
  });
  await report.step(`Copy real input into anna's folder`, async () => {
    feed(anna.folder, options.small);
    return describeTree(await readTree(anna.folder));
  });
  await report.step(
    'Sync it to ben and carl',
    async () => {
      const startedMs = performance.now();
      await converge(devices);
      return describeRate(await totalBytes(anna), 2, performance.now() - startedMs);
    },
    progress,
  );
  await report.step('The same on all three?', () => compare(devices));

  const note = 'odd/note.txt';
  await report.step('Edit one file on anna and ben at once', async () => {
    writeFileSync(join(anna.folder, note), 'what anna wrote\n');
    await converge(devices);
    writeFileSync(join(anna.folder, note), 'what anna wrote, and changed\n');
    writeFileSync(join(ben.folder, note), 'what anna wrote, and ben changed\n');
    await converge(devices);
    return describeConflict(carl, note);
  });
  await report.step(
    'Move a large subtree on ben, delete another on carl',
    async () => {
      renameSync(join(ben.folder, 'packages'), join(ben.folder, 'moved packages'));
      const victim = join('odd', 'level 0');
      rmSync(join(carl.folder, victim), { recursive: true });
      await converge(devices);
      for (const device of devices) {
        if (existsSync(join(device.folder, 'packages')))
          throw new DaemonFailure(`On ${device.name} the subtree is still at its old place.`);
        if (existsSync(join(device.folder, victim))) throw new DaemonFailure(`On ${device.name} the deleted subtree is still there.`);
      }
      return '';
    },
    progress,
  );

  const dora = addDevice('dora', folder, devices);
  await report.step(
    'Add a fourth device, and kill its agent (SIGKILL) in the middle of its first sync',
    async () => {
      await dora.start();
      await admit(anna, dora);
      return killMidway(dora);
    },
    progress,
  );
  await report.step(
    'Start it again and let it finish',
    async () => {
      await dora.start();
      const startedMs = performance.now();
      await converge(devices);
      return `${((performance.now() - startedMs) / 1000).toFixed(1)} s from ready to even`;
    },
    progress,
  );
  await report.step('Compare all four trees: contents, executable bits, times, links, empty directories', () => compare(devices));
}

function addDevice(name: string, folder: string, devices: DemoDevice[]): DemoDevice {
  const device = new DemoDevice(name, folder);
  devices.push(device);
  return device;
}

/** `guest` pairs with `host` by an invite and takes the folder, all by the command line. */
async function admit(host: DemoDevice, guest: DemoDevice): Promise<void> {
  const { invite } = (await host.command('invite')) as ApiReply<'invite'>;
  await guest.command('pair', invite);
  await host.command('folder', 'share', folderName, guest.name);
  await waitFor(`${guest.name} hears of the offered folder`, shortMs, async () => {
    const { offers } = (await guest.command('folder', 'offers')) as ApiReply<'folder.offers'>;
    return offers.find((offer) => offer.name === folderName);
  });
  await guest.command('folder', 'accept', folderName, guest.folder);
}

/**
 * Until all devices are even: each scans and catches up (`up`), several times over, because what one of them finds out (a conflict)
 * may be news for the others. Two rounds in a row without anything new end it.
 */
async function converge(devices: readonly DemoDevice[]): Promise<void> {
  let before = '';
  for (let round = 1; round <= roundsMax; round++) {
    for (const device of devices) {
      const reply = await within(`${device.name} getting even`, longMs + shortMs, device.call('up', { timeoutSeconds: longMs / 1000 }));
      if (!reply.even)
        throw new DaemonFailure(`${device.name} did not get even: ${reply.folders.flatMap((folder) => folder.why).join(' ')}`);
    }
    const now = JSON.stringify(await Promise.all(devices.map(async (device) => (await device.folderStatus())?.total)));
    const totals = new Set(JSON.parse(now).map((total: unknown) => JSON.stringify(total)) as string[]);
    if (totals.size === 1 && now === before) return;
    before = now;
  }
  throw new DaemonFailure(`The devices do not come to rest: their folders hold ${before}.`);
}

/** `ben 120 MiB to get, carl syncing`: the devices that are not even. */
async function describeProgress(devices: readonly DemoDevice[]): Promise<string> {
  const all = await Promise.all(devices.map(async (device) => ({ name: device.name, folder: await device.folderStatus() })));
  return all
    .flatMap(({ name, folder }) => {
      if (folder === undefined || folder.upToDate) return [];
      return [`${name} ${folder.wanted.bytes > 0 ? `${(folder.wanted.bytes / MIB).toFixed(0)} MiB to get` : folder.state}`];
    })
    .join(', ');
}

async function totalBytes(device: DemoDevice): Promise<{ readonly files: number; readonly bytes: number }> {
  return (await device.folderStatus())?.total ?? { files: 0, bytes: 0 };
}

function describeRate(total: { readonly files: number; readonly bytes: number }, copies: number, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  return `${total.files} files, ${(total.bytes / MIB).toFixed(0)} MiB, to ${copies} devices: ${((copies * total.files) / seconds).toFixed(0)} files/s, ${((copies * total.bytes) / MIB / seconds).toFixed(0)} MiB/s`;
}

/** The list of conflicts as a third device sees it, and the two texts. */
async function describeConflict(device: DemoDevice, path: string): Promise<string> {
  const { conflicts } = await device.call('conflicts', {});
  const conflict = conflicts.find((each) => each.of === path) ?? conflicts[0];
  if (conflict === undefined) throw new DaemonFailure('Two edits at once left no conflict copy.');
  const lines = [path, conflict.path].map((each) => `${each}: ${JSON.stringify(readFileSync(join(device.folder, each), 'utf8'))}`);
  return `on ${device.name}:\n${lines.join('\n')}`;
}

/** Kills the agent when it has about a third of what it wants. */
async function killMidway(device: DemoDevice): Promise<string> {
  let mostWanted = 0;
  const done = await waitFor(`${device.name} is in the middle of its first sync`, longMs, async () => {
    const wanted = (await device.folderStatus())?.wanted.bytes ?? 0;
    mostWanted = Math.max(mostWanted, wanted);
    return mostWanted > 0 && wanted < mostWanted * 0.7 ? mostWanted - wanted : undefined;
  });
  await device.kill();
  return `killed with ${(done / MIB).toFixed(0)} of ${(mostWanted / MIB).toFixed(0)} MiB there`;
}

async function compare(devices: readonly DemoDevice[]): Promise<string> {
  const trees: TreeFacts[] = [];
  // One after the other: each reads its whole tree.
  for (const device of devices) trees.push(await readTree(device.folder));
  const [first, ...others] = trees;
  const reference = devices[0];
  if (first === undefined || reference === undefined) throw new DaemonFailure('There is nothing to compare.');
  const differences = others.flatMap((tree, index) =>
    treeDifferences(first, tree, { a: reference.name, b: devices[index + 1]?.name ?? '' }),
  );
  if (differences.length > 0) {
    throw new DaemonFailure(`${differences.length} differences:\n${differences.slice(0, differencesShownMax).join('\n')}`);
  }
  return `all ${devices.length} are the same: ${describeTree(first)}`;
}
