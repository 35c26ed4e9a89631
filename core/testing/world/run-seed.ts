import type { Prng } from '../sim/index.ts';
import { checkBounds } from './checkers/bounds.ts';
import { checkHonesty } from './checkers/honest-status.ts';
import { checkNeedlessCopies } from './checkers/needless-copies.ts';
import { checkOnlyHere } from './checkers/only-here.ts';
import { PairWatch } from './checkers/pair-watch.ts';
import { checkNothingGone, checkNothingLost } from './checkers/no-lost-edit.ts';
import { checkSupervision } from './checkers/supervision.ts';
import { checkTrash } from './checkers/trash.ts';
import { checkEqual, converge, stayQuiet } from './convergence.ts';
import { explain } from './explain.ts';
import { strikeAtRandom } from './faults.ts';
import { FolderWorld } from './folder-world.ts';
import type { Trace } from './folder-world.ts';
import { collectCounts } from './collect-counts.ts';
import type { Laptop } from './laptop.ts';
import { drawPlan } from './plan.ts';
import type { Plan, PlanStep } from './plan.ts';
import { joinLate, shareFolder } from './setup.ts';
import { saveTwin, slowWriteMsMax } from './user-actions.ts';
import type { WorldCounts } from './world-counts.ts';

export interface RunOptions {
  /** Gets one line per event; also makes the costly checks run after every step. */
  readonly trace?: Trace;
  /** Whether stores fail and are set back (`Plan.storeFaults`), whatever the seed says. */
  readonly storeFaults?: boolean;
  /** Rejections and exceptions that nobody caught since the last call; the program that runs seeds collects them. */
  readonly uncaught?: () => readonly string[];
}

/** What came of one seed. */
export interface SeedReport {
  readonly seed: string;
  /** Empty: everything held. */
  readonly failures: readonly string[];
  readonly counts: WorldCounts;
  /** Equal for equal histories. */
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
}

/** The checks that look at everything on all disks run every so many steps. */
const deepCheckSteps = 12;
/** Between two steps the checks of every moment run this often, virtual ms. */
const checkMs = 1_000;
const eventsMax = 3_000_000;

/** The whole core under one plan drawn from `seed`: users act, faults strike, the world is healed and must converge. */
export async function runSeed(seed: string, options: RunOptions = {}): Promise<SeedReport> {
  const run = new SeedRun(seed, options);
  const failures = await run.failures();
  const { world } = run;
  if (options.trace && failures.length > 0) await explain(world, failures);
  collectCounts(world);
  world.flushLogs();
  const { scheduler } = world.sim;
  return { seed, failures, counts: world.counts, traceHash: scheduler.traceHash, events: scheduler.executed, virtualMs: scheduler.nowMs };
}

/** Ends a run at the first violation: what follows it says nothing. */
class Violation extends Error {
  readonly found: readonly string[];

  constructor(found: readonly string[]) {
    super(found.join('\n'));
    this.found = found;
  }
}

class SeedRun {
  readonly world: FolderWorld;
  readonly #options: RunOptions;
  readonly #plan: Plan;
  readonly #random: Prng;
  readonly #pairs: PairWatch;

  constructor(seed: string, options: RunOptions) {
    this.#options = options;
    this.world = new FolderWorld(seed, options.trace);
    this.#pairs = new PairWatch(this.world);
    this.#random = this.world.sim.scheduler.fork('plan');
    const drawn = drawPlan(this.#random);
    this.#plan = { ...drawn, storeFaults: options.storeFaults ?? drawn.storeFaults };
    for (const host of this.#plan.hosts) this.world.addLaptop(host);
  }

  async failures(): Promise<readonly string[]> {
    try {
      await this.#live();
      return [];
    } catch (error) {
      if (error instanceof Violation) return error.found;
      return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    }
  }

  async #live(): Promise<void> {
    const { world } = this;
    // Folders that are not empty when they meet are merged.
    for (const laptop of world.laptops) {
      for (let i = 0; i < this.#plan.actionsBefore; i++) {
        world.step += 1;
        world.userActs(laptop, this.#random);
      }
    }
    await shareFolder(world);
    const [owner] = world.laptops;
    for (const step of this.#plan.steps) {
      world.step += 1;
      await this.#runFor(step.afterMs);
      this.#take(step, owner);
      this.#check(this.#options.trace !== undefined || world.step % deepCheckSteps === 0);
      if (world.step % deepCheckSteps === 0) this.#demand(await checkOnlyHere(world));
    }
    await this.#heal();
    this.#demand(await converge(world, () => this.#check(false)));
    world.say('all claim to be up to date');
    this.#demand(checkNothingLost(world));
    this.#demand(await checkEqual(world));
    this.#demand(await stayQuiet(world, () => this.#check(false)));
    this.#demand(await checkEqual(world));
    this.#demand(checkNeedlessCopies(world));
    await this.#restartAll();
    this.#check(true);
  }

  #take(step: PlanStep, owner: Laptop | undefined): void {
    const { world } = this;
    switch (step.kind) {
      case 'action':
        return this.#someoneActs();
      case 'twins':
        for (const laptop of world.laptops.filter(({ isUsable }) => isUsable))
          world.userDoes(laptop, (person) => saveTwin(person, world.ledger, world.step));
        return;
      case 'fault':
        return strikeAtRandom(world, this.#random, this.#plan.storeFaults);
      case 'newcomer': {
        const guest = world.addLaptop(step.host);
        guest.start();
        world.userActs(guest, this.#random);
        if (owner) void joinLate(world, owner, guest, () => false);
        return world.say(`${guest.name} comes`);
      }
    }
  }

  #someoneActs(): void {
    const usable = this.world.laptops.filter(({ isUsable }) => isUsable);
    if (usable.length > 0) this.world.userActs(this.#random.pick(usable), this.#random);
  }

  async #heal(): Promise<void> {
    const { world } = this;
    world.step += 1;
    world.heal();
    // A machine may have been about to fall asleep, and who writes slowly may not be done: what claims are worth is seen when all is written.
    await this.#runFor(slowWriteMsMax);
    world.heal();
  }

  /** Kills and starts every program once more: each finds what it left, and all is as it was. */
  async #restartAll(): Promise<void> {
    const { world } = this;
    for (const laptop of world.laptops) {
      laptop.host.crash({ powerCut: false });
      laptop.restart();
    }
    this.#demand(await converge(world, () => this.#check(false)));
    this.#demand(await checkEqual(world));
    this.#demand(checkNothingLost(world));
    this.#demand(await checkTrash(world));
  }

  async #runFor(ms: number): Promise<void> {
    const { scheduler } = this.world.sim;
    for (const endMs = scheduler.nowMs + ms; scheduler.nowMs < endMs;) {
      await scheduler.run({ untilMs: Math.min(endMs, scheduler.nowMs + checkMs), eventsMax });
      this.#check(false);
    }
  }

  /** Everything that must hold at every moment; `deeply`: also what takes a look at all disks. */
  #check(deeply: boolean): void {
    const { world } = this;
    this.#demand(world.strangers());
    this.#demand(this.#pairs.check());
    for (const laptop of world.laptops) {
      this.#demand(checkSupervision(laptop));
      this.#demand(checkHonesty(laptop));
      this.#demand(checkBounds(laptop));
      if (laptop.startFailure !== undefined) this.#demand([`${laptop.name} cannot start: ${laptop.startFailure}`]);
    }
    if (deeply) this.#demand(checkNothingGone(world));
    this.#demand(this.#options.uncaught?.() ?? []);
  }

  #demand(found: readonly string[]): void {
    if (found.length > 0) throw new Violation(found);
  }
}
