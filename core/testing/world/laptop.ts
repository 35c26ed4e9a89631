import type { RunningAgent } from './running-agent.ts';
import { startAgent } from './running-agent.ts';
import type { HostOptions, Inode, SimHost, SimWorld, WalkedObject } from '../sim/index.ts';

/** `tree` by composed (NFC) names. */
export function composed(tree: ReadonlyMap<string, WalkedObject>): Map<string, WalkedObject> {
  return new Map([...tree].map(([path, object]) => [path.normalize('NFC'), object]));
}

/** Why a program of a laptop ended. */
export type ProgramEnd = 'killed' | 'power-cut';

/** How many programs of a laptop were started and how they ended. */
export interface LaptopCounts {
  starts: number;
  kills: number;
  powerCuts: number;
}

/**
 * One simulated machine of the world with the agent that runs on it, if one does. A laptop is in at most one trouble that concerns
 * its program or its power at a time; the fault that made it takes it back.
 */
export class Laptop {
  readonly name: string;
  readonly host: SimHost;
  /** The directory that is or becomes the synced folder. */
  readonly root: string;
  /** The agent once it has started; undefined while no program runs or it is still starting. */
  running: RunningAgent | undefined;
  /** Named while a fault holds the program or the machine. */
  trouble: string | undefined;
  /** Operations on its disk have failed at times. */
  hadDiskErrors = false;
  /** Its store was set back to an earlier state. */
  hadBackup = false;
  /** Another, empty file system hides the folder. */
  isUnmounted = false;
  /** The agent could not start, in its own words. */
  startFailure: string | undefined;
  /** When the user last changed a file in place. */
  readonly lastChanges = new WeakMap<Inode, number>();
  readonly counts: LaptopCounts = { starts: 0, kills: 0, powerCuts: 0 };
  readonly #onStarted: (laptop: Laptop) => void;

  constructor(world: SimWorld, options: HostOptions, onStarted: (laptop: Laptop) => void) {
    this.name = options.name;
    this.host = world.addHost(options);
    this.root = `/home/${options.name}/shared`;
    this.#onStarted = onStarted;
    this.host.user.mkdir(this.root);
    this.host.crashed.on(({ powerCut }) => {
      this.running = undefined;
      if (powerCut) this.counts.powerCuts += 1;
      else this.counts.kills += 1;
    });
  }

  /** The machine is on and its user can work on the folder, whether or not an agent runs. */
  get isUsable(): boolean {
    return this.host.nic.awake && this.host.state !== 'asleep' && !this.isUnmounted;
  }

  /** The agent runs and can answer what is asked: the machine neither sleeps nor stands still, its store can be read, and the agent is not about to end. */
  get isAnswering(): boolean {
    const { host, running, trouble } = this;
    return (
      running !== undefined && host.state === 'running' && !host.isStalled && host.storeFile.fault?.kind !== 'io' && trouble !== 'stopping'
    );
  }

  /** Starts the agent on the ports of the present run. It is there some virtual time later, unless the program dies before. */
  start(): void {
    const { runs } = this.host;
    this.counts.starts += 1;
    void startAgent(this.host, this.name).then((started) => {
      if (this.host.runs !== runs || this.host.state === 'down') return;
      if (!started.ok) {
        this.startFailure = `${started.error.kind}: ${started.error.text}`;
        return;
      }
      this.running = started.value;
      this.#onStarted(this);
    });
  }

  /** A program that is down runs again. */
  restart(): void {
    if (this.host.state !== 'down') return;
    this.host.restart();
    this.start();
  }

  /** Everything below the folder's root, the product's own files included, by composed names whatever the disk makes of them. */
  tree(): Map<string, WalkedObject> {
    return composed(this.host.user.walk(this.root));
  }
}
