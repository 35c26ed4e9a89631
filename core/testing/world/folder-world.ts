import { assert } from '../../base/index.ts';
import type { Scheduled } from '../sim/index.ts';
import { DiskFault, SimWorld, printRecord } from '../sim/index.ts';
import type { HostOptions, Prng } from '../sim/index.ts';
import { StrangerWatch } from './checkers/strangers.ts';
import { hostKindsOf } from './host-kinds.ts';
import { Laptop } from './laptop.ts';
import { Ledger } from './ledger.ts';
import type { Person } from './user-actions.ts';
import { actAtRandom } from './user-actions.ts';
import type { WorldCounts } from './world-counts.ts';
import { countOne, newCounts } from './world-counts.ts';

/** Takes one line of a trace. */
export type Trace = (line: string) => void;

/** What is taken back when its time is over, or when the world is healed. */
interface Undo {
  readonly run: () => void;
  readonly scheduled: Scheduled;
}

/**
 * Several laptops that share one folder, their users, and what has been done to them. Everything that happens to it goes through
 * here, so that it is counted and traced. It decides nothing: plan, faults and checkers do.
 */
export class FolderWorld {
  readonly sim: SimWorld;
  readonly ledger: Ledger;
  readonly counts: WorldCounts = newCounts();
  readonly laptops: Laptop[] = [];
  /** Number of the step under way, for traces and for telling contents apart. */
  step = 0;
  readonly #strangers: StrangerWatch;
  readonly #undos = new Set<Undo>();
  readonly #trace: Trace | undefined;
  #tracedMs = -1;

  constructor(seed: string, trace: Trace | undefined) {
    this.sim = new SimWorld(seed);
    this.ledger = new Ledger(() => this.sim.scheduler.nowMs);
    this.#trace = trace;
    this.#strangers = new StrangerWatch(this.ledger);
  }

  addLaptop(options: HostOptions): Laptop {
    const laptop = new Laptop(this.sim, options, (started) => this.#countEvents(started));
    this.laptops.push(laptop);
    for (const kind of hostKindsOf(options)) countOne(this.counts.hostsByKind, kind);
    this.#strangers.watch(laptop);
    laptop.host.crashed.on(({ powerCut }) => this.say(`${laptop.name} ${powerCut ? 'loses power' : 'is killed'}`));
    return laptop;
  }

  /** Laptops whose agent runs, on a machine that is awake. */
  awake(): readonly Laptop[] {
    return this.laptops.filter((laptop) => laptop.running !== undefined && laptop.host.state === 'running');
  }

  /** One random action of the user of `laptop`. */
  userActs(laptop: Laptop, random: Prng): void {
    this.userDoes(laptop, (person) => actAtRandom(person, random, this.ledger, this.step));
  }

  /** The user of `laptop` does `what`; returns a line for the trace. */
  userDoes(laptop: Laptop, what: (person: Person) => string): void {
    assert(laptop.isUsable, 'nobody works on a machine that is off or asleep');
    this.counts.userActions += 1;
    this.#strangers.userActs(laptop, () => {
      try {
        this.say(
          what({
            device: laptop.name,
            user: laptop.host.user,
            root: laptop.root,
            scheduler: this.sim.scheduler,
            lastChanges: laptop.lastChanges,
          }),
        );
      } catch (error) {
        if (!(error instanceof DiskFault)) throw error;
        this.say(`${laptop.name} fails to do something: ${error.kind}`);
      }
    });
  }

  /** What strangers' bytes were seen since the last call (a checker's business). */
  strangers(): readonly string[] {
    return this.#strangers.take();
  }

  /** Does `undo` in `delayMs`, or when the world is healed, whichever comes first. */
  later(delayMs: number, label: string, undo: () => void): void {
    const entry: Undo = {
      run: () => {
        this.#undos.delete(entry);
        entry.scheduled.cancel();
        undo();
      },
      scheduled: this.sim.scheduler.schedule(delayMs, label, () => entry.run()),
    };
    this.#undos.add(entry);
  }

  /** Takes every fault back: all machines on, programs running, links whole, disks with space. */
  heal(): void {
    while (this.#undos.size > 0) for (const undo of [...this.#undos]) undo.run();
    this.sim.net.heal();
    for (const laptop of this.laptops) {
      const { host } = laptop;
      host.crashPoint = undefined;
      host.disk.faults.clear();
      host.storeFile.fault = undefined;
      host.thaw();
      host.endStalls();
      host.resume();
      laptop.restart();
      laptop.trouble = undefined;
    }
    this.say('healed');
  }

  /** One line of the trace, with the virtual time. */
  say(line: string): void {
    if (!this.#trace) return;
    this.flushLogs();
    this.#trace(`${this.sim.scheduler.nowMs.toFixed(1).padStart(10)} #${this.step} ${line}`);
  }

  /** Traces what the agents have logged since the last call. */
  flushLogs(): void {
    if (!this.#trace) return;
    const records = this.laptops.flatMap(({ host }) => host.log.records()).filter((record) => record.atMs > this.#tracedMs);
    records.sort((a, b) => a.atMs - b.atMs);
    for (const record of records) this.#trace(printRecord(record));
    this.#tracedMs = this.sim.scheduler.nowMs;
  }

  /** What only the agents can tell of how much happened. */
  #countEvents(laptop: Laptop): void {
    laptop.running?.core.events.added.on((event) => {
      if (event.kind === 'link-live') this.counts.sessions += 1;
      else if (event.kind === 'link-failed') this.counts.linkFailures += 1;
      else if (event.kind === 'published') this.counts.filesFetched += 1;
      else if (event.level === 'error') this.counts.incidents += 1;
    });
  }
}
