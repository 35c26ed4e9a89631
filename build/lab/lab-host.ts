import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiEvent, ApiReply, ApiRequest, ApiVerb, DeviceStatus, FolderStatus, Status } from '../../core/api/index.ts';
import { present } from '../../core/base/index.ts';
import { killOthersWithin, networkNamespaceOf } from '../bench/namespace.ts';
import { DaemonFailure, DaemonProcess, waitFor } from '../../main/testing/daemon-process.ts';
import type { Cable } from './cable.ts';
import { runCommand } from './command.ts';
import type { Lan } from './lan.ts';
import { Seat } from './seat-client.ts';

export interface LabHostOptions {
  readonly name: string;
  /** Where everything of this host is kept. */
  readonly folder: string;
  /** Devices are looked for by mDNS. */
  readonly discovery: boolean;
  /** The synced folder is on a disk (in memory) of this size; undefined: on the disk of `folder`. */
  readonly diskBytes: number | undefined;
}

/** A call to an agent that is not frozen. */
const callMs = 20_000;
const eventMsMax = 60_000;

/** One laptop of the lab: a network namespace with a cable, a home, a synced folder, an agent, and a person who looks at it. */
export class LabHost {
  readonly name: string;
  readonly agent: DaemonProcess;
  readonly cable: Cable;
  /** The synced folder as the lab reaches it. */
  readonly folder: string;
  /** The disk that the synced folder is on, as the lab reaches it. */
  readonly disk: string;
  /** The synced folder as the agent names it. */
  readonly folderPath: string;
  /** Everything that the agent told so far, in all its runs. */
  readonly events: ApiEvent[] = [];
  readonly #seat: Seat;
  readonly #namespace: string | undefined;
  #isFrozen = false;

  private constructor(options: LabHostOptions, seat: Seat, cable: Cable, events: ApiEvent[]) {
    const { name, folder, discovery, diskBytes } = options;
    const disk = join(folder, 'disk');
    mkdirSync(disk, { recursive: true });
    this.name = name;
    this.cable = cable;
    this.events = events;
    this.#seat = seat;
    this.#namespace = networkNamespaceOf(seat.pid);
    // The disk is mounted where only the host's own processes see it, so that it vanishes with them.
    const isMounted = diskBytes !== undefined;
    const enter = ['nsenter', '--target', String(seat.pid), '--net', ...(isMounted ? ['--mount'] : [])];
    if (isMounted) runCommand([...enter, 'mount', '-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk]);
    this.disk = isMounted ? join('/proc', String(seat.pid), 'root', disk) : disk;
    this.folderPath = join(disk, 'shared');
    this.folder = join(this.disk, 'shared');
    mkdirSync(this.folder);
    this.agent = new DaemonProcess(name, join(folder, 'home'), { enter, options: discovery ? [] : ['--no-discovery'] });
  }

  static async make(lan: Lan, options: LabHostOptions): Promise<LabHost> {
    const events: ApiEvent[] = [];
    const seat = await Seat.take((event) => events.push(event));
    return new LabHost(options, seat, lan.plugIn(seat.pid), events);
  }

  /** Its device id, from its first start on. */
  get id(): string {
    return present(this.agent.ready, `the agent of ${this.name} was started`).deviceId;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  async start(): Promise<void> {
    await this.agent.start();
    await this.#seat.follow(this.agent.home.folder);
  }

  /** SIGKILL, as by a power cut; what was on the disk stays. */
  async kill(): Promise<void> {
    this.#isFrozen = false;
    await this.agent.kill();
  }

  /** A program that hangs: its system still answers for it on the network. */
  freeze(): void {
    this.#isFrozen = true;
    this.agent.signal('SIGSTOP');
  }

  thaw(): void {
    this.#isFrozen = false;
    this.agent.signal('SIGCONT');
  }

  /** The lid is closed: the program does not run, and nothing answers on the network. */
  fallAsleep(): void {
    this.freeze();
    this.cable.unplug();
  }

  /** The lid is opened, on the same network. */
  wake(): void {
    this.cable.plug();
    this.thaw();
  }

  async call<V extends ApiVerb>(verb: V, request: ApiRequest<V>, timeoutMs = callMs): Promise<ApiReply<V>> {
    return this.#seat.call(this.agent.home.folder, verb, request, timeoutMs);
  }

  async status(): Promise<Status> {
    return this.call('status', {});
  }

  /** The one folder of the lab; fails before there is one. */
  async folderStatus(): Promise<FolderStatus> {
    const [folder] = (await this.status()).folders;
    if (folder === undefined) throw new DaemonFailure(`${this.name} has no folder.`);
    return folder;
  }

  /** What this host says of another one. */
  async deviceStatus(other: LabHost): Promise<DeviceStatus> {
    const device = (await this.status()).devices.find(({ id }) => id === other.id);
    if (device === undefined) throw new DaemonFailure(`${this.name} does not know ${other.name}.`);
    return device;
  }

  /** The first event that fits among those at or after `sinceMs` (by the wall clock); waits for it. */
  async event(
    what: string,
    sinceMs: number,
    fits: (event: ApiEvent) => boolean,
    timeoutMs = eventMsMax,
  ): Promise<ApiEvent & { readonly atMs: number }> {
    const found = await waitFor(
      `${this.name} tells: ${what}`,
      timeoutMs,
      async () => this.events.find((event) => Date.parse(event.at) >= sinceMs && fits(event)),
      20,
    );
    return { ...found, atMs: Date.parse(found.at) };
  }

  countEvents(kind: string, sinceMs: number, device?: LabHost): number {
    return this.events.filter(
      (event) => event.kind === kind && Date.parse(event.at) >= sinceMs && (device === undefined || event.device === device.id),
    ).length;
  }

  /** Ends every process of the host at once, frozen ones included; its networks and mounts go with them. */
  close(): void {
    if (this.#namespace !== undefined && this.#namespace !== networkNamespaceOf('self')) killOthersWithin(this.#namespace);
  }
}
