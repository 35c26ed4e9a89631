import { join } from 'node:path';
import { type Result, err, ok } from '../core/base/index.ts';
import type { AgentPorts } from '../core/agent/index.ts';
import { copyBytes } from '../core/adapters/copy-bytes.ts';
import { createLibp2pTransport } from '../core/adapters/libp2p/index.ts';
import { nodeClock } from '../core/adapters/node/clock.ts';
import { nodeCrypto } from '../core/adapters/node/crypto.ts';
import { nodeFileTrees } from '../core/adapters/node/file-trees.ts';
import { NodeHasher } from '../core/adapters/node/hasher.ts';
import { type FileKeychain, fileKeychain } from '../core/adapters/node/keychain-file.ts';
import { type OsKeychain, osKeychain } from '../core/adapters/node/keychain-os.ts';
import { nodeLogger } from '../core/adapters/node/logger.ts';
import { nodeNetwork } from '../core/adapters/node/network.ts';
import { nodePower } from '../core/adapters/node/power.ts';
import { nodeRandom } from '../core/adapters/node/random.ts';
import { openSqliteStore } from '../core/adapters/node/sqlite-store.ts';
import { nodeWatcher } from '../core/adapters/node/watcher.ts';
import type { Power, Store } from '../core/ports/index.ts';
import type { Home } from './home.ts';
import { type ChosenKeys, type KeyPlace, type KeysError, chooseKeychain } from './keys.ts';
import { withRememberedPorts } from './remembered-ports.ts';
import { type ShellLogger, shellLogger } from './shell-logger.ts';

export interface ComposeOptions {
  readonly home: Home;
  readonly keys: KeyPlace | undefined;
  /** See `KeyChoice.movesByItself` in `keys.ts`. */
  readonly movesKeyByItself: boolean;
  /** See `ShellOptions`. */
  readonly sparesEventLoop: boolean;
  readonly logToStderr: boolean;
  /** Ends the waiting for a locked key store. */
  readonly signal: AbortSignal;
  /** A platform's better source of sleep and battery; default: what a program without a desktop can know. */
  readonly power?: Power;
  /** Called when this process owns the home, before anything is written there. */
  readonly onOwned: () => void;
  /** Called each time that the start has to wait for a person. */
  readonly onWaiting: (phase: string, text: string) => void;
}

export type ComposeError = KeysError | { readonly kind: 'home-in-use' | 'store' | 'newer-store'; readonly text: string };

/** All ports of one agent, made from this machine's adapters. */
export interface Composition {
  readonly ports: AgentPorts;
  readonly logger: ShellLogger;
  /** What people should know, for the status. */
  readonly warnings: readonly string[];
  /** For a first start that fails before there is a key. */
  readonly forgetKeyPlace: () => void;
  /** Frees what an agent that did not start has left open, and writes the log out. Idempotent. */
  close(): Promise<void>;
}

const lockedRetryMs = 3_000;

/** The one place where a Node program joins the agent to the machine. The store comes first: its lock makes the home ours. */
export async function compose(options: ComposeOptions): Promise<Result<Composition, ComposeError>> {
  const { home } = options;
  const opened = await openSqliteStore(home.storeFile);
  if (!opened.ok) {
    const { kind, text } = opened.error;
    return err({ kind: kind === 'in-use' ? 'home-in-use' : kind === 'newer' ? 'newer-store' : 'store', text });
  }
  options.onOwned();
  const store = opened.value;
  const keys = await findKeys(options, osKeychain(), fileKeychain(home.keyFolder));
  if (!keys.ok) {
    await store.close();
    return keys;
  }
  return ok(composition(options, store, keys.value));
}

function composition(options: ComposeOptions, store: Store, keys: ChosenKeys): Composition {
  const logger = shellLogger(
    nodeLogger({
      file: { path: join(options.home.logFolder, 'agent.log') },
      level: 'debug',
      textLevel: options.logToStderr ? 'debug' : 'off',
    }),
  );
  const ports: AgentPorts = {
    clock: nodeClock,
    random: nodeRandom,
    crypto: nodeCrypto(),
    store,
    trees: nodeFileTrees(),
    watcher: nodeWatcher(),
    copyBytes,
    hasher: new NodeHasher(options.sparesEventLoop ? { handsOverHashing: true } : {}),
    power: options.power ?? nodePower(),
    network: nodeNetwork(),
    logger,
    transport: ({ seed }) => withRememberedPorts(createLibp2pTransport({ seed, logger }), options.home.portsFile),
    keychain: keys.keychain,
  };
  return {
    ports,
    logger,
    warnings: keys.warnings,
    forgetKeyPlace: () => keys.forget?.(),
    close: async () => {
      await Promise.allSettled([ports.hasher.close(), store.close()]);
      await logger.flush();
    },
  };
}

async function findKeys(options: ComposeOptions, os: OsKeychain, file: FileKeychain): Promise<Result<ChosenKeys, KeysError>> {
  return chooseKeychain({
    home: options.home,
    wanted: options.keys,
    movesByItself: options.movesKeyByItself,
    os,
    file,
    onLocked: async (text) => {
      if (!options.signal.aborted) options.onWaiting('it waits for the key store to be unlocked', text);
      // Each use of a locked store asks the person to unlock it; whoever has said no once is not asked again and again. A store that tells
      // that it is locked will tell that it is open, also after it was away in between.
      const tells = (await os.state()) === 'locked';
      do await pause(lockedRetryMs, options.signal);
      while (tells && !options.signal.aborted && (await os.state()) !== 'unlocked');
      return !options.signal.aborted;
    },
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
