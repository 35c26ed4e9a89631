import type { Result } from '../base/index.ts';
import { assert, err, ok } from '../base/index.ts';
import type { ApiError } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import type { FolderExchange, PeerExchangeStatus } from '../exchange/index.ts';
import type { FolderEngine } from '../folder/index.ts';
import type { FolderJournal } from '../journal/index.ts';
import { grantClaims, revocationClaim, signStatements } from '../journal/index.ts';
import type { DeviceId, FolderId, Role, RosterClaim } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Crypto, PeerCalls, Signer } from '../ports/index.ts';
import type { RecoveryPhase } from '../recovery/index.ts';

const tellRosterMs = 2_000;

interface FolderParts {
  readonly root: string;
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly exchange: FolderExchange;
  readonly stopWatching: () => void;
  readonly tools: { readonly signer: Signer; readonly crypto: Crypto; readonly clock: Clock };
  readonly paused: boolean;
  readonly allPaused: boolean;
}

/** One synced folder with its three working parts: what is known, what is on disk, what is exchanged. */
export class FolderRuntime {
  readonly id: FolderId;
  readonly root: string;
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly exchange: FolderExchange;
  readonly #stopWatching: () => void;
  readonly #tools: FolderParts['tools'];
  /** This folder is paused; all are. */
  #paused: boolean;
  #allPaused: boolean;

  constructor(parts: FolderParts) {
    this.id = parts.journal.folder;
    this.root = parts.root;
    this.journal = parts.journal;
    this.engine = parts.engine;
    this.exchange = parts.exchange;
    this.#stopWatching = parts.stopWatching;
    this.#tools = parts.tools;
    this.#paused = parts.paused;
    this.#allPaused = parts.allPaused;
  }

  get paused(): boolean {
    return this.#paused;
  }

  name(): string {
    return this.journal.roster().name;
  }

  /** Our role; undefined when the roster no longer names us. */
  role(): Role | undefined {
    return this.journal.roster().members.get(this.#tools.signer.device)?.role;
  }

  hasMember(device: DeviceId): boolean {
    return this.journal.roster().members.has(device);
  }

  /** The device has shown that it keeps this folder, in this run or (by its history) in an earlier one. */
  hasJoined(device: DeviceId): boolean {
    const peer = this.peer(device);
    if (peer?.joined === true) return true;
    // One that has not answered since its link came up is taken as it was.
    return peer?.takesPart !== false && this.journal.hasHeardFrom(device);
  }

  peer(device: DeviceId): PeerExchangeStatus | undefined {
    return this.exchange.status().peers.find((peer) => peer.device === device);
  }

  phaseWith(device: DeviceId): RecoveryPhase | undefined {
    return this.peer(device)?.phase;
  }

  async start(): Promise<void> {
    this.#applyPause();
    await this.engine.start();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#applyPause();
  }

  /** All folders stand still, whatever each of them is set to. */
  pauseWithAll(allPaused: boolean): void {
    this.#allPaused = allPaused;
    this.#applyPause();
  }

  /** Lets a device in, or changes its role. Only owners can. */
  async share(device: DeviceId, name: string, role: Role): Promise<Result<void, ApiError>> {
    if (this.role() !== 'owner') {
      return err(
        apiError(
          'not-allowed',
          `Only an owner can share "${this.name()}"; this device is ${this.role() ?? 'no longer a member'}. Ask an owner to do it.`,
        ),
      );
    }
    if (device === this.#tools.signer.device) return err(apiError('bad-request', 'That is this device itself.'));
    const roster = this.journal.roster();
    const member = roster.members.get(device);
    if (member?.role === role) return ok();
    if (!member && roster.members.size >= limits.rosterDevicesMax) {
      return err(
        apiError('not-allowed', `"${this.name()}" is shared with ${limits.rosterDevicesMax} devices already, which is the limit.`),
      );
    }
    await this.#state(grantClaims(roster, device, name, role, this.journal.have()));
    return ok();
  }

  /** Takes a device out of the roster, where we own it; everywhere else nothing changes (ROS-4). */
  async signOut(device: DeviceId): Promise<void> {
    if (this.role() === 'owner' && this.hasMember(device)) await this.#state([revocationClaim(device, this.journal.have())]);
  }

  /** Signs our own leaving. */
  async leave(): Promise<void> {
    const { device } = this.#tools.signer;
    if (this.hasMember(device)) await this.#state([revocationClaim(device, this.journal.have())]);
  }

  /**
   * Tells the roster to those of `sessions` that take part in the folder, and waits for it a little: for what ends a membership, after
   * which nobody would tell it. Who is not live learns it when asking for the folder.
   */
  async tellRoster(sessions: readonly PeerCalls[]): Promise<void> {
    const tooLong = new AbortController();
    const timer = this.#tools.clock.setTimer(tellRosterMs, () => tooLong.abort());
    const statements = this.journal.rosterStatements().map((statement) => statement.bytes);
    const members = sessions.filter((session) => this.peer(session.device));
    await Promise.all(
      members.map((session) => session.call('roster', { folder: this.id, known: [], statements }, { signal: tooLong.signal })),
    );
    timer.cancel();
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    await this.exchange.stop();
    await this.engine.stop();
    await this.journal.close();
  }

  #applyPause(): void {
    const stands = this.#paused || this.#allPaused;
    this.engine.pause(stands);
    this.exchange.pause(stands);
  }

  async #state(claims: readonly RosterClaim[]): Promise<void> {
    const merged = await this.journal.mergeStatements(signStatements(this.journal.roster(), claims, this.#tools));
    assert(merged.ok, 'our own roster statements are sound');
  }
}
