import type { ApiError, Lanes } from '../api/index.ts';
import type { Result } from '../base/index.ts';
import type { DeviceId, FolderId, Incarnation, Role } from '../model/index.ts';
import type { PeerCalls, Signer, Transport } from '../ports/index.ts';
import type { WireError } from '../protocol/index.ts';
import type { RecoveryTracker } from '../recovery/index.ts';
import type { PeerSession, Supervisor } from '../session/index.ts';
import type { Activity } from './activity.ts';
import type { DeviceBook } from './device-book.ts';
import type { EventLog } from './event-log.ts';
import type { FolderBook } from './folder-book.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import type { Pausing } from './pausing.ts';
import type { RecoveryBook } from './recovery-book.ts';
import type { SettingsBook } from './settings-book.ts';
import type { TrafficLimits } from './traffic-limits.ts';
import type { AgentPorts } from './types.ts';

/** Pairing as the local API uses it. */
export interface Pairing {
  invite(): Promise<Result<{ readonly text: string; readonly expiresAtMs: number }, ApiError>>;
  pair(invite: string, signal: AbortSignal): Promise<Result<{ id: string; name: string }, ApiError>>;
}

/** An offer as people see it. */
export interface OfferedFolder {
  readonly folder: FolderId;
  readonly name: string;
  readonly from: DeviceId;
  readonly role: Role;
}

/** How folders come and go: added here, offered by others and accepted, removed. */
export interface FolderSetup {
  /** Opens what the book lists, at start. */
  openAll(): Promise<void>;
  /** Starts syncing the directory `path`, which must exist, as a new folder that we own. */
  add(path: string, name: string | undefined): Promise<Result<FolderRuntime, ApiError>>;
  offers(): readonly OfferedFolder[];
  /** Another device offers a folder. Kept until accepted; offered again, the newer roster replaces the older. */
  offered(folder: FolderId, from: DeviceId, statements: readonly Uint8Array[]): Promise<Result<{ state: 'listed' | 'joined' }, WireError>>;
  /** Keeps an offered folder at `path`; its last component is created where it is missing. What lies there already is merged. */
  accept(folder: FolderId, path: string): Promise<Result<FolderRuntime, ApiError>>;
  /** Signs our leaving, tells who is live, and forgets the folder; files stay, the marker goes (ROS-4). */
  remove(folder: FolderRuntime): Promise<void>;
}

/** The parts of a running agent, for those parts that work across them. Built once by `openAgent`. */
export interface AgentCore {
  readonly ports: AgentPorts;
  readonly version: string;
  readonly warnings: readonly string[];
  readonly signer: Signer;
  readonly incarnation: Incarnation;
  readonly events: EventLog;
  readonly settings: SettingsBook;
  readonly devices: DeviceBook;
  readonly folderBook: FolderBook;
  readonly recoveryBook: RecoveryBook;
  /** Who slept and woke in the last `hours`, and how each recovery went. */
  readonly lanes: (hours: number) => Lanes;
  readonly activity: Activity;
  readonly folders: Map<FolderId, FolderRuntime>;
  readonly folderSetup: FolderSetup;
  readonly pairing: Pairing;
  readonly supervisor: Supervisor;
  readonly recovery: RecoveryTracker;
  readonly transport: Transport;
  /**
   * Calls that outlive their link where a repeat is safe (RPC-2): for what nobody would say again on the next link. Names and addresses
   * are told on each link, and the exchange starts over with each by itself.
   */
  readonly repeating: (session: PeerSession) => PeerCalls;
  readonly traffic: TrafficLimits;
  readonly pausing: Pausing;
  readonly suspended: () => boolean;
  /** Who may talk to us, or how, has changed: admit, dial or drop accordingly. */
  readonly devicesChanged: () => void;
  /** A roster has changed: introduce its devices, offer the folder to those who have not joined. */
  readonly rostersChanged: (folder: FolderId) => void;
  /** A device of the roster said that it does not have the folder: it is offered to it, once on each link. */
  readonly offerOnce: (folder: FolderId, device: DeviceId) => void;
  /** The device whose roster statement admits `device` here (ROS-3). */
  readonly introducerOf: (device: DeviceId) => DeviceId | undefined;
  readonly suspend: () => Promise<void>;
  readonly resume: () => Promise<void>;
}
