import { join } from 'node:path';
import type { ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';
import { openApiClient } from '../../main/api-client.ts';
import { type Home, locateHome } from '../../main/home.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';
import { BenchFailure } from './contender.ts';

const folderName = 'bench';
const startMs = 60_000;
const offerMs = 60_000;
const evenMsMax = 10 * 60_000;

/** The agent in the main process of a desktop program, reached through its local API. */
export class DesktopAgent {
  readonly name: string;
  readonly home: Home;
  /** What it syncs. */
  readonly folder: string;

  /** Everything of this device goes below `stageFolder`. */
  constructor(name: string, stageFolder: string) {
    this.name = name;
    this.home = locateHome(join(stageFolder, name, 'home'), '/');
    this.folder = join(stageFolder, name, 'folder');
  }

  async call<V extends ApiVerb>(verb: V, request: ApiRequest<V>): Promise<ApiReply<V>> {
    const client = openApiClient(this.home);
    const reply = client.ok ? await client.value.call(verb, request) : client;
    if (!reply.ok) throw new BenchFailure(`On ${this.name}, ${verb} failed: ${reply.error.text}`);
    return reply.value;
  }

  async untilReady(): Promise<void> {
    await waitFor(`the agent of ${this.name} answers`, startMs, async () => this.call('status', {}).catch(() => undefined));
  }

  async isEven(): Promise<boolean> {
    const { folders, transfers } = await this.call('status', {});
    return transfers.length === 0 && folders.length === 1 && folders.every(({ upToDate, onlyHere }) => upToDate && onlyHere.files === 0);
  }
}

/** Pairs two agents by an invite and has them sync one folder that both may write. Both run, and their folders exist. */
export async function linkAgents(writer: DesktopAgent, reader: DesktopAgent): Promise<void> {
  const { invite } = await writer.call('invite', {});
  await reader.call('pair', { invite });
  await writer.call('folder.add', { path: writer.folder, name: folderName });
  await writer.call('folder.share', { folder: folderName, device: reader.name });
  const offer = await waitFor(
    'the reader hears of the offered folder',
    offerMs,
    async () => (await reader.call('folder.offers', {})).offers[0],
  );
  await reader.call('folder.accept', { folder: offer.folder, path: reader.folder });
}

/** Waits until none of them has anything to do. */
export async function untilEven(agents: readonly DesktopAgent[]): Promise<void> {
  await waitFor('the desktop programs are even', evenMsMax, async () => {
    for (const agent of agents) if (!(await agent.isEven())) return undefined;
    return true;
  });
}
