import type { Fault } from './fault.ts';
import { folderOf } from './running-agent.ts';

/** Troubles of the program's own store, for plans that have them. */
export const storeFaults: readonly Fault[] = [
  {
    name: 'store-failing',
    weight: 4,
    strike: (world, random) => {
      const candidates = world.awake().filter(({ trouble, running }) => trouble === undefined && folderOf(running) !== undefined);
      if (candidates.length === 0) return undefined;
      const { host, name } = random.pick(candidates);
      if (host.storeFile.fault) return undefined;
      const fault = random.pick([{ kind: 'disk-full' }, { kind: 'io', text: 'the disk does not answer' }] as const);
      const forMs = random.integer(200, 20_000);
      const end = (): void => {
        unsubscribe();
        host.storeFile.fault = undefined;
      };
      // A program that cannot write when it starts says so and ends: nothing would be left to look at.
      const unsubscribe = host.crashed.on(end);
      host.storeFile.fault = fault;
      world.later(forMs, `${name}'s store can be written`, end);
      return `${name}: ${fault.kind} for ${forMs} ms`;
    },
  },
  {
    name: 'restored-backup',
    weight: 4,
    strike: (world, random) => {
      const candidates = world.awake().filter(({ trouble, running }) => trouble === undefined && folderOf(running) !== undefined);
      if (candidates.length === 0) return undefined;
      const laptop = random.pick(candidates);
      const backup = laptop.host.storeFile.snapshot();
      const inMs = random.integer(500, 40_000);
      world.later(inMs, `${laptop.name} gets its backup`, () => {
        if (laptop.trouble !== undefined || laptop.host.state !== 'running' || laptop.host.crashPoint !== undefined) return;
        laptop.host.crash({ powerCut: false });
        laptop.host.storeFile.restore(backup);
        laptop.hadBackup = true;
        world.say(`${laptop.name} runs on what its store was ${inMs} ms ago`);
        laptop.restart();
      });
      return `${laptop.name} will be as it is now again in ${inMs} ms, but for its files`;
    },
  },
];
