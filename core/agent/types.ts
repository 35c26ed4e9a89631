import type { CopyBytes, Result } from '../base/index.ts';
import type { ApiService } from '../api/index.ts';
import type { DeviceId, Incarnation } from '../model/index.ts';
import type {
  Clock,
  Crypto,
  FileTrees,
  Hasher,
  Keychain,
  ListenError,
  Logger,
  Network,
  Power,
  Random,
  Signer,
  Store,
  Transport,
  Watcher,
} from '../ports/index.ts';

/** Everything that the agent needs of the world. Made by the composition root of each program, or by the simulated world. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly store: Store;
  readonly trees: FileTrees;
  readonly watcher: Watcher;
  readonly hasher: Hasher;
  /** How blocks are put together in memory that the hasher reads. */
  readonly copyBytes: CopyBytes;
  readonly power: Power;
  readonly network: Network;
  readonly logger: Logger;
  /** Made once the device's key is known. */
  readonly transport: (signer: Signer) => Transport;
  readonly keychain: Keychain;
}

export interface AgentOptions {
  /** Multiaddrs to listen on; empty: what was stored, or any free port on all interfaces. */
  readonly listen: readonly string[];
  /** False turns discovery off for this run, whatever the setting says. */
  readonly discovery: boolean;
  /** Name for a new device, and a new name for an old one where it is given. */
  readonly name: string | undefined;
  readonly defaultName: string;
  /** Version of the program, for `hello` and diagnostics. */
  readonly version: string;
  /** Conditions that the composition root found and people should see (key kept in a file, …). */
  readonly warnings: readonly string[];
}

/** Why an agent cannot run. Each text names the thing, the cause and what to do. */
export interface AgentOpenError {
  readonly kind:
    'key-locked' | 'key-missing' | 'key-unavailable' | 'home-missing-for-key' | 'store' | 'newer-store' | 'listen' | 'internal';
  readonly text: string;
  readonly listen?: ListenError;
}

/** One running agent. */
export interface Agent {
  readonly device: DeviceId;
  readonly incarnation: Incarnation;
  readonly api: ApiService;
  name(): string;
  addresses(): readonly string[];
  /** What the power source would say; `dormouse suspend` and `resume` come here. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ends everything in order, each step bounded, `limits.stopMs` in all; the store is closed last. Idempotent. */
  stop(): Promise<void>;
}

export type OpenAgent = (ports: AgentPorts, options: AgentOptions) => Promise<Result<Agent, AgentOpenError>>;
