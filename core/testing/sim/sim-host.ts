import { Emitter, assert } from '../../base/index.ts';
import type { Clock, Crypto, FileTrees, Hasher, Keychain, Logger, Network, Random, Store, Transport, Watcher } from '../../ports/index.ts';
import { Lane } from './lane.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';
import { HostTime } from './sim-clock.ts';
import type { SuspendKind } from './sim-clock.ts';
import { SimCrypto } from './sim-crypto.ts';
import type { VerifyCache } from './sim-crypto.ts';
import { SimDisk } from './sim-disk.ts';
import type { DiskOptions } from './disk-options.ts';
import { SimFileTrees, fastDisk } from './sim-file-tree.ts';
import type { CrashPoint, DiskSpeed } from './sim-file-tree.ts';
import { SimHasher } from './sim-hasher.ts';
import { KeychainVault, SimKeychain } from './sim-keychain.ts';
import { SimLogger } from './sim-logger.ts';
import type { Nic, SimNet } from './sim-net.ts';
import { SimNetworkState } from './sim-network-state.ts';
import { SimPower } from './sim-power.ts';
import { SimRandom } from './sim-random.ts';
import { SimStore, StoreFile } from './sim-store.ts';
import { SimTransport } from './sim-transport.ts';
import { SimUser } from './sim-user.ts';
import { SimWatcher, goodWatching } from './sim-watcher.ts';
import type { WatchQuality } from './sim-watcher.ts';

export interface HostOptions {
  readonly name: string;
  /** Hosts on one network find each other. */
  readonly lan?: string;
  readonly suspendKind?: SuspendKind;
  /** How far the wall clock is from the truth, ms. */
  readonly wallOffsetMs?: number;
  readonly disk?: DiskOptions;
}

/** Everything that one run of one host's program is given: what a composition root of the simulation hands to the agent. */
export interface HostPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  /** Opens the host's one store. At most one is open at a time. */
  readonly openStore: () => Promise<Store>;
  readonly trees: FileTrees;
  readonly watcher: Watcher;
  readonly hasher: Hasher;
  readonly keychain: Keychain;
  readonly power: SimPower;
  readonly network: Network;
  /** The transport of the device whose Ed25519 seed (32 bytes) this is. */
  readonly createTransport: (seed: Uint8Array) => Transport;
  readonly logger: Logger;
}

/** What the host lives on: the world. */
export interface HostSurroundings {
  readonly scheduler: Scheduler;
  readonly net: SimNet;
  readonly verifyCache: VerifyCache;
}

/** `down`: no program runs. `asleep`: the machine is suspended. `frozen`: the program is stopped, the machine runs. */
export type HostState = 'down' | 'running' | 'frozen' | 'asleep';

/**
 * One simulated machine: hardware and disk that last, and one run of a program at a time. A run gets fresh ports; those of an earlier
 * run are dead: their promises never settle, their timers never fire, nothing they still do has an effect.
 */
export class SimHost {
  readonly name: string;
  readonly time: HostTime;
  readonly disk: SimDisk;
  /** The person at this machine. */
  readonly user: SimUser;
  readonly nic: Nic;
  readonly storeFile = new StoreFile();
  readonly vault = new KeychainVault();
  readonly watching: WatchQuality = goodWatching();
  readonly log: SimLogger;
  diskSpeed: DiskSpeed = fastDisk;
  /** Asked before each disk operation whether the host dies there; `crashPointCutsPower` says how. */
  crashPoint: CrashPoint | undefined;
  crashPointCutsPower = false;
  /** Tells when the program died, from a crash point or from {@link SimHost.crash}. */
  readonly crashed = new Emitter<{ readonly powerCut: boolean }>();
  readonly #world: HostSurroundings;
  readonly #prng: Prng;
  #lane: Lane | undefined;
  #ports: HostPorts | undefined;
  #watcher: SimWatcher | undefined;
  #runs = 0;
  #stalls = 0;
  readonly #stalled = new Set<string>();
  #asleep = false;
  #frozen = false;

  constructor(world: HostSurroundings, options: HostOptions) {
    this.#world = world;
    this.name = options.name;
    this.#prng = world.scheduler.fork(`host/${options.name}`);
    this.time = new HostTime(world.scheduler, options.suspendKind ?? 'linux', options.wallOffsetMs ?? 0);
    this.disk = new SimDisk(() => this.time.wallNowMs(), options.disk);
    this.user = new SimUser(this.disk);
    this.nic = world.net.addHost(options.name, options.lan);
    this.log = new SimLogger(options.name, () => world.scheduler.nowMs);
    this.restart();
  }

  get state(): HostState {
    if (!this.#lane) return 'down';
    if (this.#asleep) return 'asleep';
    return this.#frozen ? 'frozen' : 'running';
  }

  /** Which run of the program this is, from 1. */
  get runs(): number {
    return this.#runs;
  }

  /** The ports of the current run. */
  get ports(): HostPorts {
    assert(this.#ports, `${this.name} is down`);
    return this.#ports;
  }

  /** The current run's power source: tell it what the platform would tell. */
  get power(): SimPower {
    return this.ports.power;
  }

  /** The current run's watcher, to make it overflow. */
  get watcher(): SimWatcher {
    assert(this.#watcher, `${this.name} is down`);
    return this.#watcher;
  }

  /**
   * The program dies here and now; with `powerCut` the machine too: what was not synced survives in part, and the network hears
   * nothing of it. Without, its kernel lives: no write is lost, and other hosts are told that their links are reset.
   */
  crash(options: { readonly powerCut: boolean }): void {
    const lane = this.#lane;
    if (!lane) return;
    if (options.powerCut) this.nic.awake = false;
    this.#lane = undefined;
    this.#ports = undefined;
    this.#watcher = undefined;
    this.#asleep = false;
    this.#frozen = false;
    lane.kill();
    this.disk.aboutToReplace.clear();
    if (options.powerCut) this.disk.cutPower(this.#prng);
    this.storeFile.crash(this.#prng);
    this.crashed.emit(options);
  }

  /** A new run of the program over the same disk, store and key store. The machine starts first if it was off or asleep. */
  restart(): HostPorts {
    assert(!this.#lane, `${this.name} runs already`);
    if (!this.nic.awake) this.time.reboot();
    this.nic.awake = true;
    this.#runs += 1;
    const lane = new Lane(this.#world.scheduler, `${this.name}#${this.#runs}`);
    this.#lane = lane;
    this.#ports = this.#makePorts(lane);
    return this.#ports;
  }

  /** The machine falls asleep this instant; its power source has told nothing of it (see {@link SimHost.suspendWithNotice}). */
  suspend(): void {
    if (!this.#lane || this.#asleep) return;
    this.#asleep = true;
    this.nic.awake = false;
    this.time.suspend();
    this.#lane.hold('asleep');
  }

  /** The power source tells of the suspend, `noticeMs` before it comes. */
  suspendWithNotice(noticeMs = 500): void {
    if (!this.#lane || this.#asleep) return;
    const run = this.#runs;
    this.power.tell({ kind: 'suspend' });
    this.#world.scheduler.schedule(noticeMs, `${this.name}:falls asleep`, () => {
      if (this.#runs === run) this.suspend();
    });
  }

  /**
   * The machine wakes. `tell`: whether the power source says so (default yes). `networkLateMs`: how long its network takes to come
   * back. `newAddress`: it wakes in another place.
   */
  resume(options: { readonly tell?: boolean; readonly networkLateMs?: number; readonly newAddress?: boolean } = {}): void {
    if (!this.#lane || !this.#asleep) return;
    const lateMs = options.networkLateMs ?? 0;
    this.#asleep = false;
    if (lateMs > 0) this.nic.setAttached(false);
    this.nic.awake = true;
    this.time.resume();
    this.#lane.release('asleep');
    if (options.newAddress) this.nic.changeAddress();
    if (lateMs > 0) this.#world.scheduler.schedule(lateMs, `${this.name}:network is back`, () => this.nic.setAttached(true));
    if (options.tell ?? true) this.power.tell({ kind: 'resume' });
  }

  /** The program is stopped as by SIGSTOP: its kernel goes on taking bytes until its buffers are full. */
  freeze(): void {
    if (!this.#lane) return;
    this.#frozen = true;
    this.#lane.hold('frozen');
  }

  thaw(): void {
    this.#frozen = false;
    this.#lane?.release('frozen');
  }

  /** The program's event loop is busy for `ms`: nothing of it runs meanwhile, timers come late. */
  stall(ms: number): void {
    const lane = this.#lane;
    if (!lane) return;
    const reason = `stall ${this.#stalls++}`;
    this.#stalled.add(reason);
    lane.hold(reason);
    this.#world.scheduler.schedule(ms, `${this.name}:stall over`, () => {
      this.#stalled.delete(reason);
      lane.release(reason);
    });
  }

  get isStalled(): boolean {
    return this.#stalled.size > 0;
  }

  /** Stalls that are under way are over now. */
  endStalls(): void {
    for (const reason of this.#stalled) this.#lane?.release(reason);
    this.#stalled.clear();
  }

  #makePorts(lane: Lane): HostPorts {
    const { scheduler, net, verifyCache } = this.#world;
    const prng = this.#prng.fork(`run/${this.#runs}`);
    const clock = this.time.clockFor(lane);
    const diskAccess = {
      disk: this.disk,
      lane,
      prng: prng.fork('disk'),
      speed: () => this.diskSpeed,
      crashPoint: (operation: string, path: string) => this.crashPoint?.(operation, path) ?? 'go-on',
      die: () => this.crash({ powerCut: this.crashPointCutsPower }),
    };
    const crypto = new SimCrypto(prng.fork('crypto'), verifyCache);
    this.#watcher = new SimWatcher(this.disk, lane, prng.fork('watcher'), this.watching);
    return {
      clock,
      random: new SimRandom(prng.fork('random')),
      crypto,
      openStore: async () => {
        await lane.wait(5, `${lane.name}:open store`);
        return new SimStore(this.storeFile, lane, scheduler.fork(`${lane.name}/store`));
      },
      trees: new SimFileTrees(diskAccess),
      watcher: this.#watcher,
      hasher: new SimHasher(lane),
      keychain: new SimKeychain(this.vault, lane),
      power: new SimPower(lane),
      network: new SimNetworkState(this.nic, lane),
      createTransport: (seed) => new SimTransport(net, this.nic, lane, clock, crypto.signer(seed).device),
      logger: { log: (level, event, fields) => (lane.dead ? undefined : this.log.log(level, event, fields)) },
    };
  }
}
