import type { DeviceId, FolderId } from '../model/index.ts';
import { journalDevice } from '../model/index.ts';
import type { LinkPath, PeerCalls } from '../ports/index.ts';
import type { JournalChange } from '../journal/types.ts';
import type { FolderRecovery } from '../recovery/index.ts';
import { AppliedCache } from './applied-cache.ts';
import { BatchLeases } from './batch-leases.ts';
import { BlockServer } from './block-server.ts';
import { Errand } from './errand.ts';
import { PeerEvenness } from './evenness.ts';
import type { DataHandlers, ExchangeStatus, FolderExchangeOptions, MissingBlock, PeerExchangeStatus } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import { FetchDriver } from './fetch-driver.ts';
import { journalHandlers } from './journal-handlers.ts';
import type { AsksOf, OpenDownload } from './open-download.ts';
import { PeerSync } from './peer-sync.ts';
import { RosterView } from './roster-view.ts';
import { SentFiles } from './sent-files.ts';
import type { WaitingHost } from './waiting.ts';
import { isMoving, missingBlocks, waitingFor } from './waiting.ts';
import type { appliedFromWire } from './wire-vectors.ts';

/** One folder's exchange with all its peers. The agent tells it of links; everything else it does by itself. */
export interface FolderExchange {
  readonly folder: FolderId;
  /** Answers to peers; to be reached through a `FolderRouter`, which checks who asks. */
  readonly handlers: DataHandlers;
  /** Whether the device is on the roster, as far as is known here. */
  isMember(device: DeviceId): boolean;
  readonly paused: boolean;
  /** A link to a device is live (handshake done). Harmless for devices that are not on the roster. Replaces an older epoch. */
  peerUp(calls: PeerCalls, path: LinkPath): void;
  /** The epoch has ended; also noticed through `calls.onGone`. All that pointed at it is cleared before this returns (SES-2). */
  peerGone(device: DeviceId): void;
  /** The session's word (SES-5): no new work for this peer, its blocks are asked elsewhere. */
  peerSuspect(device: DeviceId, suspect: boolean): void;
  status(): ExchangeStatus;
  /** Blocks that nobody reachable has, with their files and who was asked (JRN-3). */
  missing(): readonly MissingBlock[];
  /** Paused, nothing is sent, asked or answered except rosters. */
  pause(paused: boolean): void;
  /** Ends all of it; resolves when what is being written is written. For good. */
  stop(): Promise<void>;
}

export function createFolderExchange(options: FolderExchangeOptions): FolderExchange {
  return new RunningExchange(options);
}

interface Peer {
  readonly calls: PeerCalls;
  readonly path: LinkPath;
  readonly sync: PeerSync;
  readonly evenness: PeerEvenness;
  readonly unsubscribe: () => void;
  suspect: boolean;
}

class RunningExchange implements FolderExchange {
  readonly folder: FolderId;
  readonly handlers: DataHandlers;
  readonly #options: FolderExchangeOptions;
  readonly #self: DeviceId;
  readonly #roster: RosterView;
  readonly #applied: AppliedCache;
  readonly #driver: FetchDriver;
  readonly #peers = new Map<DeviceId, Peer>();
  readonly #progress: Errand;
  readonly #sent: SentFiles;
  readonly #unsubscribe: readonly (() => void)[];
  #paused = false;
  #stopped = false;

  constructor(options: FolderExchangeOptions) {
    const { journal, engine, clock, logger } = options;
    this.folder = options.folder;
    this.#options = options;
    this.#self = journalDevice(journal.own);
    this.#roster = new RosterView(journal);
    this.#applied = new AppliedCache(journal);
    this.#progress = new Errand(clock, logger, () => this.#refresh());
    this.#driver = new FetchDriver({ ...options, onProgress: () => this.#progress.trigger(tuning.statusDelayMs) });
    this.#sent = new SentFiles(
      clock,
      (file) => options.onEvent({ kind: 'sent', ...file }),
      () => this.#progress.trigger(tuning.statusDelayMs),
    );
    const server = new BlockServer({
      ...{ journal, engine, memory: options.memory, upload: options.upload, isExempt: options.isExempt },
      onSent: (device, path, bytes) => this.#sent.sent(device, path, bytes),
    });
    this.handlers = {
      ...journalHandlers({
        journal,
        logger,
        roster: this.#roster,
        applied: this.#applied,
        leases: new BatchLeases(clock),
        paused: () => this.#paused,
        syncOf: (device) => this.#peers.get(device)?.sync,
        onHistory: (device, applied) => this.#historyHeard(device, applied),
        onJournalGrew: () => this.#tellAll(true),
        onEvent: options.onEvent,
      }),
      ...server.handlers,
    };
    this.#unsubscribe = [journal.onChange((change) => this.#journalChanged(change)), engine.onChange(() => this.#driver.engineChanged())];
    this.#driver.engineChanged();
  }

  get paused(): boolean {
    return this.#paused;
  }

  isMember(device: DeviceId): boolean {
    return this.#roster.isMember(device);
  }

  peerUp(calls: PeerCalls, path: LinkPath): void {
    const { device } = calls;
    if (this.#stopped || device === this.#self) return;
    this.peerGone(device);
    const { journal, clock, logger, recovery, onEvent } = this.#options;
    const sync = new PeerSync(calls, {
      journal,
      clock,
      logger,
      roster: this.#roster,
      applied: this.#applied,
      paused: () => this.#paused,
      joinedCount: () => [...this.#peers.values()].filter((peer) => peer.sync.joined).length,
      onJoined: (each) => this.#joinedChanged(each),
      onHistory: (each, applied) => this.#historyHeard(each, applied),
      onProgress: () => this.#progress.trigger(tuning.statusDelayMs),
      onRoundTrip: (each, ms) => this.#driver.latencyMeasured(each, ms),
      onEvent,
    });
    const beginRecovery = (): FolderRecovery => recovery.begin(device, this.folder);
    const evenness = new PeerEvenness({ journal, clock, queue: this.#driver.queue, beginRecovery }, sync);
    const peer: Peer = { calls, path, sync, evenness, suspect: false, unsubscribe: calls.onGone(() => this.#callsGone(calls)) };
    this.#peers.set(device, peer);
    sync.start();
  }

  peerGone(device: DeviceId): void {
    const peer = this.#peers.get(device);
    if (!peer) return;
    this.#peers.delete(device);
    this.#driver.peerGone(device);
    peer.unsubscribe();
    void peer.sync.stop();
    this.#progress.trigger(tuning.statusDelayMs);
  }

  peerSuspect(device: DeviceId, suspect: boolean): void {
    const peer = this.#peers.get(device);
    if (!peer) return;
    peer.suspect = suspect;
    this.#driver.peerSuspect(device, suspect);
  }

  status(): ExchangeStatus {
    const { journal } = this.#options;
    const { queue, rate } = this.#driver;
    const asksOf: AsksOf = (name) => this.#driver.asksOf(name);
    const opens = (): OpenDownload[] => [...queue.all()].filter(({ state }) => state === 'fetching' || state === 'finishing');
    const waiting = this.#waitingHost();
    const wanted = journal.wantedTotals();
    const sent = this.#sent;
    // Whoever wants to know of the peers only pays for no more.
    return {
      wanted,
      get waitingFor() {
        return waitingFor(waiting);
      },
      get transfers() {
        return opens()
          .slice(0, tuning.transfersShownMax)
          .map((open) => open.status(asksOf));
      },
      get moving() {
        return isMoving(waiting);
      },
      rate,
      get etaSeconds() {
        const openDone = opens().reduce((sum, open) => sum + open.download.doneBytes(), 0);
        return rate < 1 || wanted.files === 0 ? undefined : Math.ceil(Math.max(0, wanted.bytes - openDone) / rate);
      },
      isSending: !sent.isEmpty,
      get sending() {
        return sent.all();
      },
      peers: [...this.#peers.values()].map(statusOf),
    };
  }

  missing(): readonly MissingBlock[] {
    return missingBlocks(this.#waitingHost(), this.#driver.blocksWithoutSource());
  }

  #waitingHost(): WaitingHost {
    const { journal, clock } = this.#options;
    return {
      journal,
      queue: this.#driver.queue,
      isLive: (device) => this.#isLive(device),
      standsStillMs: (device) => this.#driver.standsStillMs(device),
      wallNow: () => clock.wallNow(),
    };
  }

  pause(paused: boolean): void {
    if (this.#paused === paused || this.#stopped) return;
    this.#paused = paused;
    this.#driver.pause(paused);
    for (const peer of this.#peers.values()) {
      if (!paused && peer.sync.joined) this.#addSource(peer);
      peer.sync.pauseChanged();
    }
    this.#progress.trigger();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#sent.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const syncs = [...this.#peers.values()].map(({ sync }) => sync);
    for (const device of [...this.#peers.keys()]) this.peerGone(device);
    await Promise.all([...syncs.map((sync) => sync.stop()), this.#progress.stop(), this.#driver.stop()]);
  }

  #isLive(device: DeviceId): boolean {
    return this.#peers.get(device)?.sync.joined ?? false;
  }

  #callsGone(calls: PeerCalls): void {
    if (this.#peers.get(calls.device)?.calls === calls) this.peerGone(calls.device);
  }

  #addSource(peer: Peer): void {
    this.#driver.peerUp(peer.calls, peer.path);
    if (peer.suspect) this.#driver.peerSuspect(peer.calls.device, true);
  }

  #joinedChanged(sync: PeerSync): void {
    const peer = this.#peers.get(sync.device);
    if (peer?.sync !== sync) return;
    if (sync.joined) this.#addSource(peer);
    else this.#driver.peerGone(sync.device);
    this.#progress.trigger(tuning.statusDelayMs);
  }

  #journalChanged(change: JournalChange): void {
    this.#applied.changed();
    if (change.kind === 'roster') for (const { sync } of this.#peers.values()) sync.rosterChanged();
    else if (change.kind !== 'applied') this.#tellAll(change.kind === 'foreign');
    for (const peer of this.#peers.values()) {
      peer.sync.historyChanged();
      peer.evenness.needsChanged();
    }
    this.#driver.pathsChanged(change.paths);
    this.#progress.trigger(tuning.statusDelayMs);
  }

  #tellAll(fromOthers: boolean): void {
    for (const peer of this.#peers.values()) peer.sync.journalChanged(fromOthers);
  }

  async #historyHeard(device: DeviceId, applied: ReturnType<typeof appliedFromWire>): Promise<void> {
    await this.#options.journal.recordPeerApplied(device, applied);
    this.#driver.historyHeard();
    this.#peers.get(device)?.evenness.needsChanged();
    this.#progress.trigger(tuning.statusDelayMs);
  }

  async #refresh(): Promise<number | undefined> {
    let againMs = Infinity;
    for (const [device, peer] of [...this.#peers]) {
      const { becameEven, againMs: peerAgainMs } = await peer.evenness.refresh();
      if (this.#peers.get(device) !== peer) continue;
      if (becameEven) this.#options.onEvent({ kind: 'even', device });
      againMs = Math.min(againMs, peerAgainMs ?? Infinity);
    }
    if (!this.#stopped) this.#options.onEvent({ kind: 'changed' });
    return againMs === Infinity ? undefined : againMs;
  }
}

function statusOf({ calls, sync, evenness }: Peer): PeerExchangeStatus {
  return {
    device: calls.device,
    joined: sync.joined,
    takesPart: sync.takesPart,
    evenMetadata: evenness.metadata,
    evenData: evenness.data,
    phase: evenness.phase,
  };
}
