import { setTimeout as pause } from 'node:timers/promises';
import { assert, present } from '../../core/base/index.ts';
import type { SyncthingNode } from './syncthing-config.ts';
import { SyncthingProcess } from './syncthing-process.ts';
import type { AgentCard, AgentSeat, WaitAgent } from './wait-agent.ts';

const lookMs = 20;

/** A Syncthing on the seat's address that knows all the others and shares its folder with them from the start. */
export class SyncthingAgent implements WaitAgent {
  readonly #seat: AgentSeat;
  #process: SyncthingProcess | undefined;
  #others: readonly SyncthingNode[] = [];
  #watch: LinkWatch | undefined;

  constructor(seat: AgentSeat) {
    this.#seat = seat;
  }

  async prepare(): Promise<AgentCard> {
    const { name, stageFolder, address, choices } = this.#seat;
    this.#process = await SyncthingProcess.generate(choices.syncthing ?? 'syncthing', name, stageFolder, address);
    return { name, facts: this.#process.node };
  }

  async start(others: readonly AgentCard[]): Promise<void> {
    this.#others = others.map(({ facts }) => facts as SyncthingNode);
    await this.restart();
  }

  async restart(): Promise<void> {
    this.#running.start(this.#others);
  }

  async stop(): Promise<void> {
    this.#watch?.end();
    await this.#process?.stop();
  }

  rootPid(): number | undefined {
    return this.#process?.pid;
  }

  async invite(): Promise<undefined> {
    // The cards name everybody.
  }

  async accept(): Promise<void> {
    assert(false, 'there are no invitations');
  }

  async shareFolder(): Promise<void> {
    // Its configuration shares it.
  }

  async takeFolder(): Promise<void> {
    // Its configuration has it.
  }

  async isLinkedTo(name: string): Promise<boolean> {
    return this.#running.isConnectedTo(this.#node(name));
  }

  async isAtRest(names: readonly string[]): Promise<boolean> {
    for (const name of names) if (!(await this.#running.isAtRest(this.#node(name)))) return false;
    return true;
  }

  announce(): Promise<void> {
    return this.#running.scan();
  }

  async watchLink(name: string): Promise<void> {
    this.#watch?.end();
    this.#watch = await LinkWatch.begin(this.#running, this.#node(name));
  }

  async linkedAt(sinceMs: number): Promise<number | undefined> {
    return this.#watch?.aliveAt(sinceMs);
  }

  async logTail(): Promise<string> {
    return this.#process?.logTail() ?? '';
  }

  get #running(): SyncthingProcess {
    return present(this.#process, 'syncthing');
  }

  #node(name: string): SyncthingNode {
    return present(
      this.#others.find((other) => other.name === name),
      name,
    );
  }
}

/**
 * Looks at one connection all the time. It is alive when the program calls it connected and something was received on it: Syncthing takes an
 * old connection for connected long after the other side has given it up.
 */
class LinkWatch {
  #receivedBytes: number;
  #aliveAtMs: number[] = [];
  #over = false;

  private constructor(receivedBytes: number) {
    this.#receivedBytes = receivedBytes;
  }

  static async begin(program: SyncthingProcess, peer: SyncthingNode): Promise<LinkWatch> {
    const watch = new LinkWatch((await program.connectionTo(peer)).inBytesTotal);
    void watch.#run(program, peer);
    return watch;
  }

  async #run(program: SyncthingProcess, peer: SyncthingNode): Promise<void> {
    while (!this.#over) {
      const { connected, inBytesTotal } = await program.connectionTo(peer);
      if (connected && inBytesTotal > 0 && inBytesTotal !== this.#receivedBytes) this.#aliveAtMs.push(Date.now());
      this.#receivedBytes = inBytesTotal;
      await pause(lookMs);
    }
  }

  aliveAt(sinceMs: number): number | undefined {
    return this.#aliveAtMs.find((atMs) => atMs >= sinceMs);
  }

  end(): void {
    this.#over = true;
  }
}
