import type { FileErrorKind } from '../../ports/index.ts';
import type { Prng } from '../sim/index.ts';
import { DiskFault } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { isUserPath } from './ledger.ts';
import { folderOf } from './running-agent.ts';

const ballastPath = '/ballast';
const errorKinds: readonly FileErrorKind[] = ['permission', 'busy', 'io', 'io', 'full'];
const reading = new Set(['list', 'openRead', 'read', 'stat', 'readLink']);
const writing = new Set([
  'create',
  'write',
  'sync',
  'rename',
  'hardLink',
  'unlink',
  'makeDirectory',
  'setMtime',
  'syncDirectory',
  'openWrite',
]);

/** Troubles of disks and of what watches them. */
export const diskFaults: readonly Fault[] = [
  {
    name: 'disk-full',
    weight: 3,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      if (!laptop.isUsable || laptop.host.user.exists(ballastPath)) return undefined;
      const forMs = random.integer(2_000, 60_000);
      fill(laptop, random.chance(0.3) ? random.integer(0, 200_000) : random.integer(300_000, 2_000_000));
      world.later(forMs, `${laptop.name} has space`, () => {
        const { user, disk } = laptop.host;
        if (user.exists(ballastPath)) disk.unlink(ballastPath);
        // Else a power cut could bring it back.
        disk.syncDirectory(disk.directory('/'));
      });
      return `${laptop.name} for ${forMs} ms`;
    },
  },
  {
    name: 'disk-errors',
    weight: 4,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      const kind = random.pick(errorKinds);
      const forMs = random.integer(500, 20_000);
      const chance = random.pick([0.05, 0.3, 1]);
      const operations = random.pick([reading, writing]);
      const below = random.chance(0.5) ? `${laptop.root}/` : somePath(laptop, random);
      const fault = {
        kind,
        applies: (operation: string, path: string) => operations.has(operation) && path.startsWith(below) && random.chance(chance),
      };
      laptop.hadDiskErrors = true;
      laptop.host.disk.faults.add(fault);
      world.later(forMs, `${laptop.name}'s disk is well`, () => laptop.host.disk.faults.delete(fault));
      return `${laptop.name}: ${kind} when ${operations === reading ? 'reading' : 'writing'} ${below} (${chance}) for ${forMs} ms`;
    },
  },
  {
    name: 'unreadable-directory',
    weight: 2,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      const directories = [...laptop.tree()].filter(([path, { kind }]) => kind === 'directory' && isUserPath(path)).map(([path]) => path);
      if (directories.length === 0) return undefined;
      const path = random.pick(directories);
      const forMs = random.integer(500, 20_000);
      const fault = {
        kind: random.pick(['permission', 'io'] as const),
        applies: (operation: string, at: string) => operation === 'list' && at === `${laptop.root}/${path}`,
      };
      laptop.hadDiskErrors = true;
      laptop.host.disk.faults.add(fault);
      // A scan of the whole folder meets it.
      if (laptop.host.state === 'running') laptop.host.watcher.overflow();
      world.later(forMs, `${laptop.name} can read "${path}" again`, () => laptop.host.disk.faults.delete(fault));
      return `${laptop.name}: ${fault.kind} when listing ${path} for ${forMs} ms`;
    },
  },
  {
    name: 'watch-overflow',
    weight: 2,
    strike: (world, random) => {
      const awake = world.awake();
      if (awake.length === 0) return undefined;
      const laptop = random.pick(awake);
      laptop.host.watcher.overflow();
      return laptop.name;
    },
  },
  {
    name: 'unmounted',
    weight: 1,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      // Before it is shared, what is put into the empty one is lost by nobody's fault.
      if (!laptop.isUsable || laptop.trouble !== undefined || folderOf(laptop.running) === undefined) return undefined;
      const forMs = random.integer(500, 15_000);
      laptop.isUnmounted = true;
      laptop.host.disk.mount(laptop.root);
      world.later(forMs, `${laptop.name} mounts its folder`, () => {
        laptop.isUnmounted = false;
        laptop.host.disk.unmount(laptop.root);
      });
      return `${laptop.name} for ${forMs} ms`;
    },
  },
];

/** Leaves `freeBytes`. The ballast is not synced, so a power cut may free the disk. */
function fill(laptop: Laptop, freeBytes: number): void {
  const { disk } = laptop.host;
  try {
    const ballast = disk.create(ballastPath, 0o600);
    disk.truncate(ballast, ballastPath, Math.max(0, disk.freeBytes - freeBytes));
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
  }
}

function somePath(laptop: Laptop, random: Prng): string {
  const paths = [...laptop.tree().keys()];
  return paths.length === 0 ? laptop.root : `${laptop.root}/${random.pick(paths)}`;
}

/** Whether a fault hides some laptop's folder, so that what is in it cannot be seen now. */
export function isAnyUnmounted(world: FolderWorld): boolean {
  return world.laptops.some((laptop) => laptop.isUnmounted);
}
