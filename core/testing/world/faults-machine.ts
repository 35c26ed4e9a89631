import type { Prng } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import { someTimeMs } from './faults-network.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { writeMuch } from './user-actions.ts';

/** Troubles of programs and machines: killed, cut off from power, frozen, stalled, asleep. */
export const machineFaults: readonly Fault[] = [
  {
    name: 'kill',
    weight: 2,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      laptop.host.crash({ powerCut: false });
      return restartLater(world, random, laptop);
    },
  },
  {
    name: 'power-cut',
    weight: 2,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      laptop.host.crash({ powerCut: true });
      return restartLater(world, random, laptop);
    },
  },
  {
    name: 'crash-point',
    weight: 5,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop || laptop.host.crashPoint !== undefined) return undefined;
      armCrashPoint(world, random, laptop, random.chance(0.4) ? 2 : 1);
      return `${laptop.name} will die in the middle of something`;
    },
  },
  {
    name: 'stop-and-start',
    weight: 1,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      const agent = laptop?.running?.agent;
      if (!laptop || !agent) return undefined;
      laptop.trouble = 'stopping';
      const { runs } = laptop.host;
      void agent.stop().then(() => {
        if (laptop.host.runs !== runs) return;
        laptop.host.crash({ powerCut: false });
        restartLater(world, random, laptop);
      });
      world.later(60_000, `${laptop.name} is off its stop`, () => {
        if (laptop.trouble === 'stopping') laptop.host.crash({ powerCut: false });
        laptop.restart();
      });
      return laptop.name;
    },
  },
  {
    name: 'stall',
    weight: 2,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      const forMs = random.integer(200, 12_000);
      laptop.host.stall(forMs);
      return `${laptop.name} for ${forMs} ms`;
    },
  },
  {
    name: 'freeze',
    weight: 1,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      const forMs = someTimeMs(random);
      laptop.trouble = 'frozen';
      laptop.host.freeze();
      world.later(forMs, `${laptop.name} thaws`, () => {
        laptop.trouble = undefined;
        laptop.host.thaw();
      });
      return `${laptop.name} for ${forMs} ms`;
    },
  },
  {
    name: 'sleep',
    weight: 4,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      return sleepAndWake(world, random, laptop);
    },
  },
  {
    name: 'sleep-series',
    weight: 1,
    strike: (world, random) => {
      const laptop = runningOne(world, random);
      if (!laptop) return undefined;
      const times = random.integer(2, 6);
      napOften(world, random, laptop, times);
      return `${laptop.name}, ${times} times`;
    },
  },
  {
    name: 'all-sleep',
    weight: 1,
    strike: (world, random) => {
      const awake = random.shuffled(world.awake().filter((laptop) => laptop.trouble === undefined));
      if (awake.length < 2) return undefined;
      return awake.map((laptop) => sleepAndWake(world, random, laptop)).join('; ');
    },
  },
  {
    name: 'clock-step',
    weight: 1,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      const byMs = random.integer(-120_000, 120_000);
      laptop.host.time.stepWall(byMs);
      return `${laptop.name} by ${byMs} ms`;
    },
  },
];

/** A laptop whose agent runs and that is in no other trouble. */
function runningOne(world: FolderWorld, random: Prng): Laptop | undefined {
  const candidates = world.awake().filter((laptop) => laptop.trouble === undefined);
  return candidates.length === 0 ? undefined : random.pick(candidates);
}

function restartLater(world: FolderWorld, random: Prng, laptop: Laptop): string {
  const inMs = random.chance(0.3) ? someTimeMs(random) : random.integer(10, 4_000);
  laptop.trouble = 'down';
  world.later(inMs, `${laptop.name} restarts`, () => {
    laptop.trouble = undefined;
    laptop.restart();
  });
  return `${laptop.name}, back in ${inMs} ms`;
}

/** Operations that change something, or after which the program believes that it is safe. */
const telling = new Set([
  'rename',
  'hardLink',
  'exchange',
  'unlink',
  'removeDirectory',
  'makeDirectory',
  'makeLink',
  'create',
  'sync',
  'syncDirectory',
  'write',
  'setMtime',
  'setMode',
]);

/** The program or machine dies at one of its next operations on the disk, and `times - 1` times more after its restarts. */
function armCrashPoint(world: FolderWorld, random: Prng, laptop: Laptop, times: number): void {
  const { host } = laptop;
  let left = random.chance(0.5) ? random.integer(0, 6) : random.integer(0, 60);
  let fired = false;
  const onlyTelling = random.chance(0.7);
  // Where half files lie.
  const onlyStaging = random.chance(0.2);
  if (onlyStaging) {
    left = random.integer(0, 3);
    someoneWritesMuch(world, random.fork(`staging ${world.step}`), laptop);
  }
  const point = (operation: string, path: string): 'go-on' | 'crash' => {
    if ((onlyTelling && !telling.has(operation)) || (onlyStaging && !path.includes('/staging/')) || left-- > 0) return 'go-on';
    fired = true;
    host.crashPoint = undefined;
    return 'crash';
  };
  // Only a power cut leaves there what was not written so.
  host.crashPointCutsPower = random.chance(0.6) || onlyStaging;
  host.crashPoint = point;
  const unsubscribe = host.crashed.on(() => {
    if (!fired) return;
    unsubscribe();
    restartLater(world, random, laptop);
    // The restart itself is a good moment to die once more: intents are being finished.
    if (times > 1) armCrashPoint(world, random, laptop, times - 1);
  });
  world.later(20_000, `${laptop.name} is safe from its crash point`, () => {
    unsubscribe();
    if (host.crashPoint === point) host.crashPoint = undefined;
  });
}

/** So that there is something to stage on `laptop`. */
function someoneWritesMuch(world: FolderWorld, random: Prng, laptop: Laptop): void {
  const others = world.laptops.filter((other) => other !== laptop && other.isUsable);
  if (others.length > 0) world.userDoes(random.pick(others), (person) => writeMuch(person, random, world.ledger, world.step));
}

/** Short sleeps with little time between them: each comes in the middle of the recovery from the one before. */
function napOften(world: FolderWorld, random: Prng, laptop: Laptop, times: number): void {
  const { host } = laptop;
  const isFree = host.state === 'running' && laptop.running !== undefined && laptop.trouble === undefined;
  if (times === 0 || !isFree) return;
  laptop.trouble = 'asleep';
  if (random.chance(0.5)) host.power.tell({ kind: 'suspend' });
  host.suspend();
  world.later(random.integer(300, 12_000), `${laptop.name} wakes for a moment`, () => {
    laptop.trouble = undefined;
    host.resume({ tell: random.chance(0.7), networkLateMs: random.chance(0.3) ? random.integer(100, 2_000) : 0 });
    world.later(random.integer(20, 4_000), `${laptop.name} naps again`, () => napOften(world, random, laptop, times - 1));
  });
}

function sleepAndWake(world: FolderWorld, random: Prng, laptop: Laptop): string {
  const { host } = laptop;
  const noticeMs = random.chance(0.5) ? random.integer(50, 1_500) : undefined;
  const forMs = random.chance(0.15) ? random.integer(600_000, 4_000_000) : someTimeMs(random);
  laptop.trouble = 'asleep';
  if (noticeMs === undefined) host.suspend();
  else host.suspendWithNotice(noticeMs);
  const options = {
    tell: random.chance(0.7),
    networkLateMs: random.chance(0.3) ? random.integer(100, 8_000) : 0,
    newAddress: random.chance(0.2),
  };
  world.later((noticeMs ?? 0) + forMs, `${laptop.name} wakes`, () => {
    laptop.trouble = undefined;
    host.resume(options);
  });
  return `${laptop.name} for ${forMs} ms, ${noticeMs === undefined ? 'without notice' : `${noticeMs} ms after notice`}`;
}
