import type { Fault } from './fault.ts';
import { folderOf } from './running-agent.ts';

/** Troubles of the program's own store. They are no part of the plans that must pass; see `RunOptions.restoresBackups`. */
export const storeFaults: readonly Fault[] = [
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
