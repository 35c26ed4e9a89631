import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../../core/base/index.ts';
import { BenchFailure } from './contender.ts';
import { type AgentCard, type AgentSeat, folderOf, type WaitAgent } from './wait-agent.ts';
import { openApiClient } from '../../main/api-client.ts';
import { DaemonProcess, waitFor } from '../../main/testing/daemon-process.ts';

const folderName = 'bench';
const offerMs = 60_000;
/** `up` ends by itself when even with everyone who can be reached; this only bounds it. */
const upSeconds = 10;

interface LinkUp {
  readonly device: string;
  readonly atMs: number;
}

/** A `dormouse daemon` that listens on the seat's address only. */
export class DormouseAgent implements WaitAgent {
  readonly #daemon: DaemonProcess;
  readonly #folder: string;
  readonly #linkUps: LinkUp[] = [];
  #watched: string | undefined;

  constructor(seat: AgentSeat) {
    this.#daemon = new DaemonProcess(seat.name, join(seat.stageFolder, seat.name, 'home'), {
      enter: [],
      options: ['--no-discovery', '--listen', `/ip4/${seat.address}/tcp/0`],
    });
    this.#folder = folderOf(seat);
  }

  async prepare(): Promise<AgentCard> {
    mkdirSync(this.#folder, { recursive: true });
    return { name: this.#daemon.name, facts: undefined };
  }

  async start(): Promise<void> {
    await this.#daemon.start();
    const client = openApiClient(this.#daemon.home);
    const events = client.ok ? await client.value.follow() : client;
    if (!events.ok) throw new BenchFailure(`The events of ${this.#daemon.name} cannot be followed: ${events.error.text}`);
    void this.#follow(events.value);
  }

  async #follow(
    events: AsyncIterable<{ readonly kind: string; readonly at: string; readonly device?: string | undefined }>,
  ): Promise<void> {
    for await (const { kind, at, device } of events)
      if (kind === 'link-live' && device !== undefined) this.#linkUps.push({ device, atMs: Date.parse(at) });
  }

  restart(): Promise<void> {
    return this.start();
  }

  stop(): Promise<void> {
    return this.#daemon.stop();
  }

  rootPid(): number | undefined {
    return this.#daemon.pid;
  }

  async invite(): Promise<string> {
    return (await this.#daemon.call('invite', {})).invite;
  }

  async accept(invite: string): Promise<void> {
    await this.#daemon.call('pair', { invite });
  }

  async shareFolder(names: readonly string[]): Promise<void> {
    await this.#daemon.call('folder.add', { path: this.#folder, name: folderName });
    for (const device of names) await this.#daemon.call('folder.share', { folder: folderName, device });
  }

  async takeFolder(): Promise<void> {
    const offer = await waitFor(
      `${this.#daemon.name} hears of the offered folder`,
      offerMs,
      async () => (await this.#daemon.call('folder.offers', {})).offers[0],
    );
    await this.#daemon.call('folder.accept', { folder: offer.folder, path: this.#folder });
  }

  async isLinkedTo(name: string): Promise<boolean> {
    const { devices } = await this.#daemon.call('status', {});
    return devices.some((device) => device.name === name && (device.state === 'live' || device.state === 'recovering'));
  }

  async isAtRest(): Promise<boolean> {
    const { folders, transfers } = await this.#daemon.call('status', {});
    return transfers.length === 0 && folders.length === 1 && folders.every(({ upToDate, onlyHere }) => upToDate && onlyHere.files === 0);
  }

  async announce(): Promise<void> {
    await this.#daemon.call('up', { folder: folderName, timeoutSeconds: upSeconds });
  }

  async watchLink(name: string): Promise<void> {
    const { devices } = await this.#daemon.call('status', {});
    this.#watched = present(
      devices.find((device) => device.name === name),
      `device ${name}`,
    ).id;
  }

  async linkedAt(sinceMs: number): Promise<number | undefined> {
    return this.#linkUps.find(({ device, atMs }) => device === this.#watched && atMs >= sinceMs)?.atMs;
  }

  async logTail(): Promise<string> {
    return this.#daemon.logTail();
  }
}
