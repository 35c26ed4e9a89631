import type { Result } from '../base/index.ts';
import { err, hexFromBytes, ok } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { DeviceId, FolderId, Incarnation } from '../model/index.ts';
import type { Admission, ListenError, Signer, Transport } from '../ports/index.ts';
import { FolderRouter } from '../exchange/index.ts';
import { RecoveryTracker } from '../recovery/index.ts';
import type { PairedPeer, PeerSession, SupervisedDevice, SupervisorEvent, WakeAction } from '../session/index.ts';
import { createPairingGuest, createPairingHost, createResumeDetector, createSupervisor, withRetry } from '../session/index.ts';
import type { AgentCore } from './agent-core.ts';
import { Activity } from './activity.ts';
import { addressesToTell, addressesToTry } from './addresses.ts';
import { createApiService } from './api-service.ts';
import { DeviceBook } from './device-book.ts';
import { EventLog } from './event-log.ts';
import { FolderBook } from './folder-book.ts';
import { FolderOffers } from './folder-offers.ts';
import { FolderOpener } from './folder-opener.ts';
import { StoredFolderSetup } from './folder-setup.ts';
import { loadIdentity } from './identity.ts';
import { apiPairing } from './pairing.ts';
import { Pausing } from './pausing.ts';
import { agentHandlers, commonFolders, companions, mayConnect, tellAbout } from './peer-verbs.ts';
import { RecoveryBook } from './recovery-book.ts';
import { SettingsBook } from './settings-book.ts';
import { sharedPower } from './shared-power.ts';
import { Story } from './story.ts';
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
  readonly #story: Story;
  readonly #pairingHost: ReturnType<typeof createPairingHost>;
  readonly #pairingGuest: ReturnType<typeof createPairingGuest>;
  readonly #detector: ReturnType<typeof createResumeDetector>;
  readonly #offers = new FolderOffers(() => this.core);
  readonly #stopWatching: readonly (() => void)[];
  #suspended = false;
  #stopping: Promise<void> | undefined;

  static async load(ports: AgentPorts, options: AgentOptions, signer: Signer): Promise<RunningAgent> {
    const { store, clock, random, logger } = ports;
    const settings = await SettingsBook.load(store, options.defaultName);
    if (options.name !== undefined) await settings.set('name', options.name);
    const devices = await DeviceBook.load(store, clock);
    const books = {
      settings,
      pausing: await Pausing.load({ store, clock, network: ports.network, settings }),
      events: await EventLog.load(store, clock, random, logger),
      devices,
      recoveryBook: await RecoveryBook.load(store, clock, (device) => devices.get(device) !== undefined && !devices.isBlocked(device)),
      folderBook: await FolderBook.load(store),
    };
    return new RunningAgent(ports, options, signer, books);
  }

  private constructor(
    ports: AgentPorts,
    options: AgentOptions,
    signer: Signer,
    books: Pick<AgentCore, 'settings' | 'pausing' | 'events' | 'devices' | 'recoveryBook' | 'folderBook'>,
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
    this.#pairingGuest = createPairingGuest({ ...identity, transport, retry: () => books.settings.values['requests.retry'] === 'on' });
    const folders: AgentCore['folders'] = new Map();
    const router = new FolderRouter();
    this.#opener = new FolderOpener(self, router, ports.copyBytes);
    this.#story = new Story(self);
    const supervisor = createSupervisor({
      ...{ transport, clock, random, network, logger, signer, name, incarnation },
      handlers: { ...router.handlers(), ...agentHandlers(self) },
      onSession: (session) => this.#onSession(session),
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
      lanes: (hours) => this.#story.lanes.reply(hours),
      activity: new Activity(clock),
      folderSetup: new StoredFolderSetup(self, this.#opener),
      pairing: apiPairing(self, this.#pairingHost, this.#pairingGuest),
      repeating: (session) => withRetry({ supervisor, clock, logger }, session),
      suspended: () => this.#suspended,
      devicesChanged: () => this.#devicesChanged(),
      rostersChanged: (folder) => this.#rosterChanged(folder),
      offerOnce: (folder, device) => this.#offerOnce(folder, device),
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
    this.#story.start();
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

  /**
   * Links end first, so that nothing new comes in; while their sockets close, what is under way on disk reaches a safe point; the
   * store last. All of it within `limits.stopMs`.
   */
  async #stopNow(): Promise<void> {
    const { core } = this;
    core.events.note('info', 'agent-stopping', { fields: { lateDropped: core.supervisor.lateDropped() } });
    this.#detector.stop();
    for (const stop of this.#stopWatching) stop();
    core.pausing.stop();
    core.traffic.stop();
    this.#pairingHost.closeInvites();
    core.supervisor.stop();
    const transport = this.#bounded('transport', stopStepsMs.transport, core.transport.stop());
    await this.#bounded('folders', stopStepsMs.folders, Promise.all([...core.folders.values()].map((folder) => folder.stop())));
    await this.#bounded('hasher', stopStepsMs.hasher, this.#ports.hasher.close());
    this.#story.stop();
    core.events.flush();
    await this.#bounded('store', stopStepsMs.store, this.#ports.store.close());
    await transport;
  }

  /** State was durable before: a step that takes too long is left behind, by name. */
  async #bounded(step: string, withinMs: number, work: Promise<unknown>): Promise<void> {
    let timer: { cancel(): void } | undefined;
    const tooLong = new Promise<'too-long'>((resolve) => {
      timer = this.#ports.clock.setTimer(withinMs, () => resolve('too-long'));
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
    await devices.pair(peer.device, peer.name, addressesToTry(peer.addresses, this.#ports.network.interfaces()));
    events.note('info', 'device-paired', { device: peer.device, fields: { name: peer.name } });
    this.#devicesChanged();
    return 'stored';
  }

  #onSession(session: PeerSession): void {
    const { core } = this;
    session.refer(() => this.#clearSources(session.device));
    core.devices.seen(session.device, {});
    core.devices.told(session.device, { name: session.name, addresses: [] });
    void tellAbout(core, session);
    for (const folder of commonFolders(core, session.device)) {
      folder.exchange.peerUp(session, session.path);
      void this.#offers.offer(session, folder);
    }
    this.#story.sessionBegun(session);
  }

  /** The epoch is over: the device leaves every download before any caller or watcher hears of it (SES-2). */
  #clearSources(device: DeviceId): void {
    const { core } = this;
    for (const folder of core.folders.values()) folder.exchange.peerGone(device);
  }

  #onSupervisorEvent(event: SupervisorEvent): void {
    const { core } = this;
    this.#story.supervisorTold(event);
    // Where a link that the other device dialled comes from, nobody listens.
    if (event.kind === 'session-up' && event.outbound) core.devices.seen(event.device, { address: event.address });
    if (event.kind === 'suspect') for (const folder of core.folders.values()) folder.exchange.peerSuspect(event.device, event.suspect);
  }

  #onWake(action: WakeAction): Promise<void> | void {
    const { core } = this;
    if (action.kind === 'network-changed') return this.#story.networkChanged();
    if (action.kind === 'suspend') {
      this.#suspended = true;
      this.#story.suspended(action);
      this.#suspending = core.supervisor.suspend();
      return this.#suspending;
    }
    this.#suspended = false;
    core.pausing.look();
    core.traffic.apply();
    this.#story.resumed(action);
    core.supervisor.resume();
    // A program that was held up missed no change of a file: the watcher's queue is the kernel's.
    if (action.cause !== 'stall') for (const folder of core.folders.values()) folder.engine.markUnscanned();
  }
  #suspending: Promise<void> = Promise.resolve();

  /** Who may connect has changed: supervise exactly those. */
  #devicesChanged(): void {
    const { core } = this;
    const devices: SupervisedDevice[] = companions(core)
      .filter((record) => record.id !== this.device)
      .map((record) => ({ device: record.id, addresses: core.devices.addressesOf(record), paused: record.paused }));
    core.supervisor.setDevices(devices);
  }

  #rosterChanged(folder: FolderId): void {
    const { core } = this;
    const runtime = core.folders.get(folder);
    if (!runtime) return;
    const members = [...runtime.journal.roster().members.values()].filter((member) => member.device !== this.device);
    core.folderBook.keepOffersTo(
      folder,
      members.map(({ device }) => device),
    );
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
          void tellAbout(core, session);
          const peer = runtime.peer(session.device);
          if (!peer) runtime.exchange.peerUp(session, session.path);
          // Who left the folder and is let in again has answered before, on this very link.
          if (peer?.takesPart !== true) void this.#offers.offer(session, runtime);
        }
      });
  }

  #offerOnce(folder: FolderId, device: DeviceId): void {
    const [session, runtime] = [this.core.supervisor.session(device), this.core.folders.get(folder)];
    if (session && runtime) void this.#offers.offerOnce(session, runtime);
  }

  #pauseChanged(): void {
    const { pausing, folders, events } = this.core;
    const pause = pausing.now;
    for (const folder of folders.values()) folder.pauseWithAll(pause !== null);
    if (pause) events.note('info', 'paused', { fields: { by: pause.by, until: pause.until } });
    else events.note('info', 'unpaused');
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
      this.core.events.note('info', 'setting-changed', { fields: { key } });
      if (key === 'name') for (const session of supervisor.sessions()) void tellAbout(this.core, session);
      if (key === 'discovery.lan') transport.renewDiscovery();
    });
  }
}

/** The transport's beside the others', which follow one another: either way within `limits.stopMs` (SES-8). */
const stopStepsMs = {
  transport: limits.stopMs,
  folders: limits.stopMs * 0.5,
  hasher: limits.stopMs * 0.2,
  store: limits.stopMs * 0.3,
} as const;

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
