import { hexFromBytes, present } from '../../base/index.ts';
import type { DeviceId, Epoch, Incarnation } from '../../model/index.ts';
import { compareDeviceIds } from '../../model/index.ts';
import type { Link, Signer, Transport } from '../../ports/index.ts';
import type { EpochEnd, HandlerTable, PeerSession, SupervisedDevice, Supervisor, SupervisorEvent } from '../../session/index.ts';
import { createSupervisor } from '../../session/index.ts';
import type { HostOptions, SimHost, SimWorld } from '../sim/index.ts';
import { SimWorld as World } from '../sim/index.ts';

/** A run of a supervisor on a simulated host, and what happened to it. */
export interface SessionRun {
  readonly supervisor: Supervisor;
  readonly transport: Transport;
  readonly incarnation: Incarnation;
  readonly events: SupervisorEvent[];
  readonly gone: { readonly session: PeerSession; readonly reason: EpochEnd }[];
}

/** A device whose program is nothing but a transport and a supervisor. */
export class SessionHost {
  readonly host: SimHost;
  readonly signer: Signer;
  readonly seed: Uint8Array;
  /** May be filled at any time; an epoch takes what is there when it begins. */
  readonly handlers: { -readonly [V in keyof HandlerTable]: HandlerTable[V] } = {};
  retry = true;
  /** Devices are looked for on the local network, from the next start on. */
  discovery = false;
  readonly paused = new Set<DeviceId>();
  /** Of the current run; an earlier one is dead. */
  run: SessionRun;
  /** Inbound links are shown here first; true keeps them from the supervisor. */
  intercept: (link: Link) => boolean = () => false;
  readonly #world: SessionWorld;

  /** `seed`: the key of another device, of which this one is then a clone. */
  constructor(world: SessionWorld, host: SimHost, seed?: Uint8Array) {
    this.#world = world;
    this.host = host;
    const { crypto } = host.ports;
    this.seed = seed ?? crypto.generateSeed();
    this.signer = crypto.signer(this.seed);
    this.run = this.#makeRun();
  }

  get device(): DeviceId {
    return this.signer.device;
  }

  get supervisor(): Supervisor {
    return this.run.supervisor;
  }

  /** A new run after a crash. */
  restart(): void {
    this.host.restart();
    this.run = this.#makeRun();
  }

  async start(): Promise<void> {
    const { run } = this;
    await run.transport.start({
      listen: [],
      discovery: this.discovery,
      admission: () => 'admit',
      onLink: (link) => {
        if (!this.intercept(link)) run.supervisor.acceptLink(link);
      },
      onDiscovered: (device, addresses) => run.supervisor.discovered(device, addresses),
    });
  }

  /** Supervises every other device of the world, at its current address. */
  superviseAll(): void {
    const others = this.#world.devices.filter((other) => other !== this);
    this.supervisor.setDevices(others.map((other) => this.targetOf(other)));
  }

  targetOf(other: SessionHost): SupervisedDevice {
    return { device: other.device, addresses: [other.host.nic.address], paused: this.paused.has(other.device) };
  }

  session(other: SessionHost): PeerSession | undefined {
    return this.supervisor.session(other.device);
  }

  #makeRun(): SessionRun {
    const { ports } = this.host;
    const transport = ports.createTransport(this.seed);
    const incarnation = hexFromBytes(ports.random.bytes(8)) as Incarnation;
    const events: SupervisorEvent[] = [];
    const gone: SessionRun['gone'] = [];
    const sessions = new Map<Epoch, PeerSession>();
    const supervisor = createSupervisor({
      transport,
      ...{ clock: ports.clock, random: ports.random, network: ports.network, logger: ports.logger, signer: this.signer, incarnation },
      handlers: this.handlers,
      name: () => this.host.name,
      onSession: (session) => sessions.set(session.epoch, session),
      onEvent: (event) => {
        events.push(event);
        if (event.kind !== 'session-gone') return;
        gone.push({ session: present(sessions.get(event.epoch), 'session'), reason: event.reason });
      },
      retry: () => this.retry,
    });
    return { supervisor, transport, incarnation, events, gone };
  }
}

/** Devices that know each other in a simulated world; nothing above sessions runs on them. */
export class SessionWorld {
  readonly world: SimWorld;
  readonly devices: SessionHost[] = [];

  constructor(seed: string) {
    this.world = new World(seed);
  }

  addDevice(options: HostOptions, seed?: Uint8Array): SessionHost {
    const device = new SessionHost(this, this.world.addHost(options), seed);
    this.devices.push(device);
    return device;
  }

  /** Two devices `lesser` and `greater` by DeviceId: the greater decides which link counts. */
  addPair(options: Partial<HostOptions> = {}): { readonly lesser: SessionHost; readonly greater: SessionHost } {
    const one = this.addDevice({ ...options, name: 'one' });
    const two = this.addDevice({ ...options, name: 'two' });
    return compareDeviceIds(one.device, two.device) > 0 ? { lesser: two, greater: one } : { lesser: one, greater: two };
  }

  /** Starts every device and lets each supervise all others. */
  async startAll(): Promise<void> {
    const starts = Promise.all(this.devices.map((device) => device.start()));
    await this.world.scheduler.drive(starts);
    for (const device of this.devices) device.superviseAll();
  }

  runFor(ms: number): Promise<void> {
    return this.world.scheduler.runFor(ms);
  }

  runUntil(condition: () => boolean, withinMs = 60_000): Promise<boolean> {
    return this.world.scheduler.runUntil(condition, withinMs);
  }

  /** Settles as `task` does while the world runs. */
  drive<T>(task: Promise<T>): Promise<T> {
    return this.world.scheduler.drive(task);
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs;
  }
}
