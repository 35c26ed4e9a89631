import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deferred, present } from '../../core/base/index.ts';
import { within } from '../../main/testing/daemon-process.ts';
import type { RelayOrder, RelayWord } from './relay.ts';
import type { RelayWeather } from './relay-flow.ts';
import type { RelayRoute } from './relay-server.ts';

const relayFile = fileURLToPath(new URL('./relay.ts', import.meta.url));
const startMsMax = 90_000;

/** The lab's side of a relay (`relay.ts`): a host of its own that passes TCP connections on. */
export class Relay {
  readonly #child: ChildProcess;
  readonly #ready = deferred<void>();
  readonly #listening = deferred<void>();

  private constructor() {
    this.#child = spawn('unshare', ['--net', process.execPath, relayFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', (word: RelayWord) => (word.kind === 'ready' ? this.#ready : this.#listening).resolve());
  }

  /** Resolves when its network namespace is there, still without a cable. */
  static async start(): Promise<Relay> {
    const relay = new Relay();
    await within('The start of a relay', startMsMax, relay.#ready.promise);
    return relay;
  }

  /** The process that holds its namespace. */
  get pid(): number {
    return present(this.#child.pid, 'pid');
  }

  async listen(route: RelayRoute): Promise<void> {
    this.#order({ kind: 'listen', route });
    await within('The start of a relay', startMsMax, this.#listening.promise);
  }

  setWeather(weather: RelayWeather): void {
    this.#order({ kind: 'weather', weather });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #order(order: RelayOrder): void {
    this.#child.send(order);
  }
}
