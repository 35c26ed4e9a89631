import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { present } from '../../core/base/index.ts';
import type { Contender, Stage } from './contender.ts';
import { DormouseAgent } from './dormouse-agent.ts';
import { type AgentPair, createPairSubject } from './pair-subject.ts';
import { DaemonProcess, waitFor } from '../../main/testing/daemon-process.ts';
import { programVersion } from '../../main/version.ts';

const folderName = 'bench';
const shortMs = 60_000;
/** `up` ends by itself when even; this only bounds it. */
const upSeconds = 600;

/** Two `dormouse daemon`s, paired by an invite, with one folder that both may write. */
export const dormousePair: Contender = {
  id: 'dormouse',
  title: 'Dormouse',
  rows: ['new-file', 'many-files', 'edit'],
  inspect: async () => ({
    present: true,
    version: `${programVersion} (headless, Node ${process.version})`,
    settings: [
      'daemon --keys file --no-discovery --listen an address of its own network; everything else as by default',
      'its own watcher runs; at close() the writer is asked for a scan through its API besides (up)',
      'rows desktop-...: the bundled desktop program in the development runtime, without sandbox and GPU, on Xvfb',
    ],
  }),
  start: async (stage) => createPairSubject(await startPair(stage), stage),
  createAgent: (seat) => new DormouseAgent(seat),
  hasDesktop: true,
  // Far more than it may need: a hang shows soon.
  patienceSeconds: 60,
};

async function startPair(stage: Stage): Promise<AgentPair> {
  const [writer, reader] = ['writer', 'reader'].map((name) => new DaemonProcess(name, join(stage.folder, name, 'home'))) as [
    DaemonProcess,
    DaemonProcess,
  ];
  const folderOf = (device: DaemonProcess): string => join(stage.folder, device.name, 'folder');
  for (const device of [writer, reader]) {
    mkdirSync(folderOf(device));
    await device.start({ nodeArgs: profileArgs(stage.folder, device.name) });
  }
  const { invite } = await writer.call('invite', {});
  await reader.call('pair', { invite });
  await writer.call('folder.add', { path: folderOf(writer), name: folderName });
  await writer.call('folder.share', { folder: folderName, device: reader.name });
  const offer = await waitFor(
    'the reader hears of the offered folder',
    shortMs,
    async () => (await reader.call('folder.offers', {})).offers[0],
  );
  await reader.call('folder.accept', { folder: offer.folder, path: folderOf(reader) });

  return {
    writer: { folder: folderOf(writer), pid: present(writer.pid, 'pid') },
    reader: { folder: folderOf(reader), pid: present(reader.pid, 'pid') },
    announce: async () => void (await writer.call('up', { folder: folderName, timeoutSeconds: upSeconds })),
    isAtRest: async () => (await isUpToDate(writer)) && (await isUpToDate(reader)),
    stop: async () => void (await Promise.all([writer.stop(), reader.stop()])),
    logTail: () => [writer, reader].map((device) => `${device.name}:\n${device.logTail()}`).join('\n'),
  };
}

async function isUpToDate(device: DaemonProcess): Promise<boolean> {
  const { folders, transfers } = await device.call('status', {});
  return transfers.length === 0 && folders.length === 1 && folders.every((folder) => folder.upToDate && folder.onlyHere.files === 0);
}

/** With DORMOUSE_BENCH_PROFILE=FOLDER in the environment every thread of every agent leaves a CPU profile below it when the agent ends. */
function profileArgs(stageFolder: string, name: string): string[] {
  const folder = process.env['DORMOUSE_BENCH_PROFILE'];
  return folder === undefined || folder === '' ? [] : ['--cpu-prof', '--cpu-prof-dir', join(folder, `${basename(stageFolder)}-${name}`)];
}
