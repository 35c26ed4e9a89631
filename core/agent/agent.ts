import type { Result } from '../base/index.ts';
import { err, hexFromBytes, ok } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { DeviceId, FolderId, Incarnation } from '../model/index.ts';
import type { Admission, ListenError, PeerCalls, Signer, Transport } from '../ports/index.ts';
import { FolderRouter } from '../exchange/index.ts';
import { RecoveryTracker } from '../recovery/index.ts';
import type { PairedPeer, PeerSession, SupervisedDevice, SupervisorEvent, WakeAction } from '../session/index.ts';
import {
  createPairingGuest,
  createPairingHost,
  createResumeDetector,
  createSupervisor,
  isExpectedEnd,
  withRetry,
} from '../session/index.ts';
import type { AgentCore } from './agent-core.ts';
import { addressesToTell } from './addresses.ts';
import { createApiService } from './api-service.ts';
import { DeviceBook } from './device-book.ts';
import { EventLog } from './event-log.ts';
import { FolderBook } from './folder-book.ts';
import { FolderOpener } from './folder-opener.ts';
import { StoredFolderSetup } from './folder-setup.ts';
import { loadIdentity } from './identity.ts';
import { apiPairing } from './pairing.ts';
import { agentHandlers, commonFolders, mayConnect, offerFolder, tellAbout } from './peer-verbs.ts';
import { Pausing } from './pausing.ts';
import { SettingsBook } from './settings-book.ts';
import { sharedPower } from './shared-power.ts';
import { TrafficLimits } from './traffic-limits.ts';
import type { Agent, AgentOpenError, AgentOptions, AgentPorts } from './types.ts';

const incarnationBytes = 8;

/** Starts an agent on what `ports` give it; on an error nothing runs, and the ports are the caller's to close. */
export async function openAgent(ports: AgentPorts, options: AgentOptions): Promise<Result<Agent, AgentOpenError>> {
  const running = await openRunningAgent(ports, options);
  return running.ok ? ok(running.value.agent) : running;
}

/** As {@link openAgent}, together with the parts, for tests that look inside. */
export async function openRunningAgent(
  ports: AgentPorts,
  options: AgentOptions,
): Promise<Result<{ readonly agent: Agent; readonly core: AgentCore }, AgentOpenError>> {
  const signer = await loadIdentity(ports);
  if (!signer.ok) return signer;
  const running = await RunningAgent.load(ports, options, signer.value);
  const started = await running.start(options);
  return started.ok ? ok({ agent: running, core: running.core }) : started;
}

class RunningAgent implements Agent {
  readonly core: AgentCore;
  readonly api: Agent['api'];
  readonly #ports: AgentPorts;
  readonly #opener: FolderOpener;
  readonly #pairingHost: ReturnType<typeof createPairingHost>;
  readonly #pairingGuest: ReturnType<typeof createPairingGuest>;
  readonly #detector: ReturnType<typeof createResumeDetector>;
  readonly #stopWatching: readonly (() => void)[];
  #suspended = false;
  #stopping: Promise<void> | undefined;

  static async load(ports: AgentPorts, options: AgentOptions, signer: Signer): Promise<RunningAgent> {
    const { store, clock, random, logger } = ports;
    const settings = await SettingsBook.load(store, options.defaultName);
    if (options.name !== undefined) await settings.set('name', options.name);
    const books = {
      settings,
      pausing: await Pausing.load({ store, clock, network: ports.network, settings }),
      events: await EventLog.load(store, clock, random, logger),
      devices: await DeviceBook.load(store, clock),
      folderBook: await FolderBook.load(store),
    };
    return new RunningAgent(ports, options, signer, books);
  }

  private constructor(
    ports: AgentPorts,
    options: AgentOptions,
    signer: Signer,
    books: Pick<AgentCore, 'settings' | 'pausing' | 'events' | 'devices' | 'folderBook'>,
  ) {
    this.#ports = ports;
    const { clock, random, network, logger, crypto } = ports;
    const power = sharedPower(ports.power);
    const incarnation = hexFromBytes(random.bytes(incarnationBytes)) as Incarnation;
    const transport = ports.transport(signer);
    const recovery = new RecoveryTracker(clock);
    const self = (): AgentCore => this.core;
    const name = (): string => books.settings.values.name;
    const addresses = (): readonly string[] => addressesToTell(transport.addresses(), network.interfaces());
    const onPaired = (peer: PairedPeer): Promise<'stored' | 'too-many'> => this.#onPaired(peer);
    const identity = { clock, random, crypto, logger, device: signer.device, name, addresses, onPaired };
    this.#pairingHost = createPairingHost({ ...identity, incarnation });
    this.#pairingGuest = createPairingGuest({ ...identity, transport });
    const folders: AgentCore['folders'] = new Map();
    const router = new FolderRouter();
    this.#opener = new FolderOpener(self, router);
    const supervisor = createSupervisor({
      ...{ transport, clock, random, network, logger, signer, name, incarnation },
      handlers: { ...router.handlers(), ...agentHandlers(self) },
      onSession: (session) => this.#onSession(session),
      onSessionGone: (session) => this.#onSessionGone(session),
      onEvent: (event) => this.#onSupervisorEvent(event),
      retry: () => books.settings.values['requests.retry'] === 'on',
      onBytes: () => this.#detector.look(),
      servePairing: (link, channel) => this.#pairingHost.serveChannel(link, channel),
    });
    this.#stopWatching = [power.subscribe((event) => books.pausing.powerTold(event)), books.pausing.changed.on(() => this.#pauseChanged())];
    const traffic = new TrafficLimits({ clock, settings: books.settings, pathTo: (device) => supervisor.session(device)?.path });
    this.#detector = createResumeDetector({ clock, power, network, onAction: (action) => this.#onWake(action) });
    this.core = {
      ...{ ports, signer, incarnation, transport, recovery, supervisor, folders, traffic },
      ...books,
      version: options.version,
      warnings: options.warnings,
      folderSetup: new StoredFolderSetup(self, this.#opener),
      pairing: apiPairing(self, this.#pairingHost, this.#pairingGuest),
      suspended: () => this.#suspended,
      devicesChanged: () => this.#devicesChanged(),
      rostersChanged: (folder) => this.#rosterChanged(folder),
      introducerOf: (device) => this.#introducerOf(device),
      suspend: () => this.suspend(),
      resume: () => this.resume(),
    };
    this.api = createApiService(this.core);
  }

  get device(): DeviceId {
    return this.core.signer.device;
  }

  get incarnation(): Incarnation {
    return this.core.incarnation;
  }

  name(): string {
    return this.core.settings.values.name;
  }

  addresses(): readonly string[] {
    return this.core.transport.addresses();
  }

  async start(options: AgentOptions): Promise<Result<void, AgentOpenError>> {
    const { core } = this;
    // Folders first: the first peer that connects finds them.
    await core.folderSetup.openAll();
    const listening = await core.transport.start({
      listen: options.listen,
      discovery: options.discovery && core.settings.values['discovery.lan'] === true,
      admission: (device) => this.#admission(device),
      onLink: (link, admission) => (admission === 'admit' ? core.supervisor.acceptLink(link) : this.#pairingHost.acceptLink(link)),
      onDiscovered: (device, addresses) => {
        core.devices.told(device, { addresses });
        core.supervisor.discovered(device, addresses);
      },
    });
    if (!listening.ok) {
      await this.stop();
      return err(listenError(listening.error));
    }
    this.#followSettings(core.transport);
    this.#devicesChanged();
    // A run that ended between accepting a folder and meeting its devices left them unknown.
    for (const folder of core.folders.keys()) this.#rosterChanged(folder);
    core.events.note('info', 'agent-started', { fields: { name: this.name(), version: core.version, incarnation: core.incarnation } });
    return ok();
  }

  async suspend(): Promise<void> {
    this.#detector.suspendByHand();
    await this.#suspending;
  }

  async resume(): Promise<void> {
    this.#detector.resumeByHand();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopNow();
    return this.#stopping;
  }

  /** Links first, so that nothing new comes in; what is under way on disk reaches a safe point; the store last. */
  async #stopNow(): Promise<void> {
    const { core } = this;
    core.events.note('info', 'agent-stopping');
    this.#detector.stop();
    for (const stop of this.#stopWatching) stop();
    core.pausing.stop();
    core.traffic.stop();
    this.#pairingHost.closeInvites();
    core.supervisor.stop();
    await this.#bounded('transport', core.transport.stop());
    await this.#bounded('folders', Promise.all([...core.folders.values()].map((folder) => folder.stop())));
    await this.#bounded('hasher', this.#ports.hasher.close());
    await this.#bounded('store', this.#ports.store.close());
  }

  /** State was durable before: a step that takes too long is left behind, by name. */
  async #bounded(step: string, work: Promise<unknown>): Promise<void> {
    let timer: { cancel(): void } | undefined;
    const tooLong = new Promise<'too-long'>((resolve) => {
      timer = this.#ports.clock.setTimer(limits.stopMs / 2, () => resolve('too-long'));
    });
    const settled = work.then(
      () => 'done',
      (error: unknown) => (this.#ports.logger.log('warn', 'stop-step-failed', { step, text: String(error) }), 'failed'),
    );
    if ((await Promise.race([settled, tooLong])) === 'too-long') this.#ports.logger.log('warn', 'stop-step-too-long', { step });
    timer?.cancel();
  }

  #admission(device: DeviceId): Admission {
    if (mayConnect(this.core, device)) return 'admit';
    return this.#pairingGuest.isExpected(device) || this.#pairingHost.isOpen() ? 'pairing-only' : 'refuse';
  }

  async #onPaired(peer: PairedPeer): Promise<'stored' | 'too-many'> {
    const { devices, events } = this.core;
    const isNew = !devices.isPaired(peer.device);
    if (isNew && devices.known().filter((record) => record.standing === 'paired').length >= limits.pairedDevicesMax) return 'too-many';
    await devices.pair(peer.device, peer.name, peer.addresses);
    events.note('info', 'device-paired', { device: peer.device, fields: { name: peer.name } });
    this.#devicesChanged();
    return 'stored';
  }

  #onSession(session: PeerSession): void {
    const { core } = this;
    core.recovery.linkLive(session.device);
    core.devices.seen(session.device, { address: session.address });
    core.devices.told(session.device, { name: session.name, addresses: [] });
    void tellAbout(core, this.#repeating(session));
    for (const folder of commonFolders(core, session.device)) {
      folder.exchange.peerUp(session, session.path);
      if (!folder.hasJoined(session.device)) void offerFolder(core, this.#repeating(session), folder);
    }
  }

  /** Calls that outlive their link where a repeat is safe (RPC-2). The exchange starts over with each link by itself and needs none. */
  #repeating(session: PeerSession): PeerCalls {
    const { clock, logger } = this.#ports;
    return withRetry({ supervisor: this.core.supervisor, clock, logger }, session);
  }

  #onSessionGone(session: PeerSession): void {
    const { core } = this;
    for (const folder of core.folders.values()) folder.exchange.peerGone(session.device);
    core.recovery.referencesCleared(session.device);
    core.recovery.linkEnded(session.device);
  }

  #onSupervisorEvent(event: SupervisorEvent): void {
    const { core } = this;
    const { kind, device, ...fields } = event;
    core.events.note(kind === 'malformed' || kind === 'twin' ? 'warn' : 'info', kind, { device, fields });
    if (event.kind === 'session-gone') {
      core.devices.seen(device, { asleep: event.reason === 'peer-asleep' });
      if (!isExpectedEnd(event.reason)) this.#linkLost(device);
    }
    if (event.kind === 'suspect') for (const folder of core.folders.values()) folder.exchange.peerSuspect(device, event.suspect);
    if (event.kind === 'twin') {
      core.events.incident(
        'device-twin',
        `Two agents answer as ${core.devices.nameOf(device)}: its disk was copied. Syncing with it stops; start one of the copies with a fresh home.`,
        { device },
      );
    }
  }

  /** A link that breaks again and again, without a sleep, a stop or a change of network, is worth a person's attention (SES-2). */
  #linkLost(device: DeviceId): void {
    const now = this.#ports.clock.wallNow();
    const recent = (this.#lossesMs.get(device) ?? []).filter((at) => now - at < lossWindowMs);
    recent.push(now);
    this.#lossesMs.set(device, recent);
    if (recent.length < lossesForIncident) return;
    this.#lossesMs.delete(device);
    this.core.events.incident(
      'link-unstable',
      `The connection to ${this.core.devices.nameOf(device)} broke ${recent.length} times within ${lossWindowMs / 60_000} minutes.`,
      { device },
    );
  }
  readonly #lossesMs = new Map<DeviceId, number[]>();

  #onWake(action: WakeAction): void {
    const { core } = this;
    if (action.kind === 'network-changed') return core.events.note('info', 'network-changed');
    if (action.kind === 'suspend') {
      this.#suspended = true;
      core.events.note('info', 'suspended', { fields: { cause: action.cause } });
      this.#suspending = core.supervisor.suspend();
      return;
    }
    this.#suspended = false;
    core.events.note('info', 'resumed', { fields: { cause: action.cause, sleptMs: action.sleptMs } });
    core.pausing.look();
    core.traffic.apply();
    core.recovery.woke();
    core.supervisor.resume();
    for (const folder of core.folders.values()) folder.engine.markUnscanned();
  }
  #suspending: Promise<void> = Promise.resolve();

  /** Who may connect has changed: supervise exactly those. */
  #devicesChanged(): void {
    const { core } = this;
    const devices: SupervisedDevice[] = core.devices
      .known()
      .filter((record) => record.id !== this.device && mayConnect(core, record.id))
      .map((record) => ({ device: record.id, addresses: core.devices.addressesOf(record), paused: record.paused }));
    core.supervisor.setDevices(devices);
  }

  #rosterChanged(folder: FolderId): void {
    const { core } = this;
    const runtime = core.folders.get(folder);
    if (!runtime) return;
    const members = [...runtime.journal.roster().members.values()].filter((member) => member.device !== this.device);
    const introduced = members.map((member) =>
      core.devices.introduce(member.device, member.name === '' ? core.devices.nameOf(member.device) : member.name),
    );
    const notStored = (error: unknown): void => this.#ports.logger.log('error', 'introductions-not-stored', { text: String(error) });
    void Promise.all(introduced)
      .catch(notStored)
      .then(() => {
        this.#devicesChanged();
        for (const session of core.supervisor.sessions()) {
          // Who is no member any more is left to the exchange, which still tells it so.
          if (!runtime.hasMember(session.device)) continue;
          void tellAbout(core, this.#repeating(session));
          if (runtime.peer(session.device)) continue;
          runtime.exchange.peerUp(session, session.path);
          if (!runtime.hasJoined(session.device)) void offerFolder(core, this.#repeating(session), runtime);
        }
      });
  }

  #pauseChanged(): void {
    const { pausing, folders, events } = this.core;
    const pause = pausing.now;
    for (const folder of folders.values()) folder.pauseWithAll(pause !== null);
    events.note('info', pause ? 'paused' : 'unpaused', pause ? { fields: { by: pause.by, until: pause.until } } : {});
  }

  #introducerOf(device: DeviceId): DeviceId | undefined {
    for (const folder of this.core.folders.values()) {
      const member = folder.journal.roster().members.get(device);
      if (member) return member.introducedBy;
    }
    return undefined;
  }

  #followSettings(transport: Transport): void {
    const { settings, supervisor } = this.core;
    settings.changed.on((key) => {
      if (key === 'name') for (const session of supervisor.sessions()) void tellAbout(this.core, this.#repeating(session));
      if (key === 'discovery.lan') transport.renewDiscovery();
    });
  }
}

const lossWindowMs = 10 * 60_000;
const lossesForIncident = 3;

function listenError(error: ListenError): AgentOpenError {
  switch (error.kind) {
    case 'address-in-use':
      return {
        kind: 'listen',
        listen: error,
        text: `${error.address} is taken by another program. Choose another port with --listen, or stop that program.`,
      };
    case 'bad-address':
      return {
        kind: 'listen',
        listen: error,
        text: `"${error.address}" is not an address to listen on (${error.text}). Write it like /ip4/0.0.0.0/tcp/4001.`,
      };
    case 'failed':
      return { kind: 'listen', listen: error, text: `Listening on ${error.address} failed: ${error.text}.` };
  }
}
