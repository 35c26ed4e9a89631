import { copyBySet, type Result } from '../../base/index.ts';
import type { Agent, AgentOpenError } from '../../agent/index.ts';
import type { AgentCore } from '../../agent/agent-core.ts';
import { openRunningAgent } from '../../agent/agent.ts';
import type { FolderRuntime } from '../../agent/folder-runtime.ts';
import type { SimHost } from '../sim/index.ts';

/** An agent and its parts, for looking inside. */
export interface RunningAgent {
  readonly agent: Agent;
  readonly core: AgentCore;
}

/** Opens an agent on what `host` gives its present run. Never settles when that run dies. */
export async function startAgent(host: SimHost, name: string): Promise<Result<RunningAgent, AgentOpenError>> {
  const { ports } = host;
  const store = await ports.openStore();
  return openRunningAgent(
    {
      clock: ports.clock,
      random: ports.random,
      crypto: ports.crypto,
      store,
      trees: ports.trees,
      watcher: ports.watcher,
      hasher: ports.hasher,
      copyBytes: copyBySet,
      power: ports.power,
      network: ports.network,
      logger: ports.logger,
      keychain: ports.keychain,
      transport: (signer) => ports.createTransport(signer.seed),
    },
    { listen: [], discovery: true, name, defaultName: name, version: '0.0.0', warnings: [] },
  );
}

/** The one folder of an agent of the world, once it has it. */
export function folderOf(running: RunningAgent | undefined): FolderRuntime | undefined {
  if (!running) return undefined;
  for (const folder of running.core.folders.values()) return folder;
  return undefined;
}
