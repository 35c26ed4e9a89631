import { spawnSync } from 'node:child_process';
import type { ContenderChoices } from './contender-choices.ts';
import type { Contender, Stage } from './contender.ts';
import { type AgentPair, createPairSubject } from './pair-subject.ts';
import { SyncthingAgent } from './syncthing-agent.ts';
import { syncthingSettings } from './syncthing-config.ts';
import { SyncthingProcess } from './syncthing-process.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';

const inspectMs = 30_000;
const readyMs = 60_000;

/** Two Syncthings that know each other's address and share one folder. */
export const syncthingPair: Contender = {
  id: 'syncthing',
  title: 'Syncthing',
  rows: ['new-file', 'many-files', 'edit'],
  inspect: async (choices) => {
    const program = programOf(choices);
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: inspectMs });
    const version = /^syncthing (\S+)/.exec(stdout ?? '')?.[1];
    if (status === 0 && version !== undefined) return { present: true, version: `${version} (${program})`, settings: syncthingSettings };
    if (choices.syncthing !== undefined) return { present: false, reason: `${choices.syncthing} is no Syncthing that runs here.` };
    return {
      present: false,
      reason:
        'It is not installed. Install it (--install-peers does, with apt as root: Debian package syncthing), or name a binary with --syncthing PATH.',
    };
  },
  start: async (stage) => createPairSubject(await startPair(stage), stage),
  createAgent: (seat) => new SyncthingAgent(seat),
};

const programOf = ({ syncthing }: ContenderChoices): string => syncthing ?? 'syncthing';

async function startPair(stage: Stage): Promise<AgentPair> {
  const program = programOf(stage.choices);
  const writer = await SyncthingProcess.generate(program, 'writer', stage.folder);
  const reader = await SyncthingProcess.generate(program, 'reader', stage.folder);
  writer.start([reader.node]);
  reader.start([writer.node]);
  for (const [own, peer] of [
    [writer, reader],
    [reader, writer],
  ] as const) {
    await waitFor(`the Syncthing of ${own.node.name} is connected`, readyMs, async () =>
      (await own.isConnectedTo(peer.node)) ? true : undefined,
    );
  }
  return {
    writer: { folder: writer.node.folder, pid: writer.pid },
    reader: { folder: reader.node.folder, pid: reader.pid },
    announce: () => writer.scan(),
    isAtRest: async () => (await writer.isAtRest(reader.node)) && (await reader.isAtRest(writer.node)),
    stop: async () => void (await Promise.all([writer.stop(), reader.stop()])),
    logTail: () => [writer, reader].map((each) => `${each.node.name}:\n${each.logTail()}`).join('\n'),
  };
}
