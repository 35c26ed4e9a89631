import {
  clockContract,
  cryptoContract,
  fileTreeContract,
  hasherContract,
  keychainContract,
  storeContract,
  transportContract,
  watcherContract,
} from '../contracts/index.ts';
import type { Patience } from '../contracts/index.ts';
import { valueOf } from '../contracts/index.ts';
import { Lane } from './lane.ts';
import { Scheduler } from './scheduler.ts';
import { HostTime } from './sim-clock.ts';
import type { SuspendKind } from './sim-clock.ts';
import { SimCrypto } from './sim-crypto.ts';
import { SimDisk } from './sim-disk.ts';
import type { DiskOptions } from './disk-options.ts';
import { SimFileTrees, fastDisk } from './sim-file-tree.ts';
import { SimHasher } from './sim-hasher.ts';
import { KeychainVault, SimKeychain } from './sim-keychain.ts';
import { SimStore, StoreFile } from './sim-store.ts';
import { SimUser } from './sim-user.ts';
import { SimWatcher } from './sim-watcher.ts';
import { SimWorld } from './sim-world.ts';
import { Prng } from './prng.ts';

/** A world that runs by itself while a contract suite awaits. */
interface Running extends Patience {
  readonly scheduler: Scheduler;
  readonly lane: Lane;
  readonly time: HostTime;
  readonly stop: () => Promise<void>;
}

function running(kind: SuspendKind = 'linux'): Running {
  const scheduler = new Scheduler('contract');
  const lane = new Lane(scheduler, 'host');
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void scheduler.schedule(ms, 'pause', resolve));
  return { scheduler, lane, time: new HostTime(scheduler, kind), pause, stop: scheduler.runInBackground() };
}

function diskOf({ scheduler, lane, time }: Running, options: DiskOptions = {}): { disk: SimDisk; trees: SimFileTrees; user: SimUser } {
  const disk = new SimDisk(() => time.wallNowMs(), options);
  const trees = new SimFileTrees({
    disk,
    lane,
    prng: scheduler.fork('disk'),
    speed: () => fastDisk,
    crashPoint: () => 'go-on',
    die: () => undefined,
  });
  return { disk, trees, user: new SimUser(disk) };
}

storeContract('simulated', async () => {
  const world = running();
  const file = new StoreFile();
  const open = (): SimStore => new SimStore(file, world.lane, world.scheduler.fork('store'));
  return { store: open(), reopen: async () => open(), cleanup: world.stop };
});

for (const kind of ['linux', 'mac-windows'] as const) {
  clockContract(`simulated ${kind}`, async () => {
    const world = running(kind);
    return { clock: world.time.clockFor(world.lane), pause: world.pause, cleanup: world.stop };
  });
}

const disks: Readonly<Record<string, DiskOptions>> = {
  'like ext4': {},
  'with exchange': { exchange: true },
  'like APFS': { caseSensitive: false, unicode: 'insensitive' },
  'like HFS+': { caseSensitive: false, unicode: 'nfd', mtimeGranularityMs: 1000 },
  'like FAT': {
    caseSensitive: false,
    windowsNames: true,
    mtimeGranularityMs: 2000,
    links: false,
    hardLinks: false,
    executableBit: false,
    exchange: false,
  },
};
for (const [name, options] of Object.entries(disks)) {
  fileTreeContract(`simulated ${name}`, async () => {
    const world = running();
    const { trees, user } = diskOf(world, options);
    user.mkdir('/home/anna/folder');
    user.mkdir('/home/anna/outside');
    const root = '/home/anna/folder';
    return {
      trees,
      root,
      outside: '/home/anna/outside',
      cleanup: world.stop,
      makeUndecodableName: async () => user.undecodableName(root),
      makePipe: async (path) => user.pipe(`${root}/${path}`),
      ...(options.links === false
        ? {}
        : {
            swapForLink: async (path: string, target: string) => {
              user.rename(`${root}/${path}`, `${root}/${path}.swapped`);
              user.symlink(`${root}/${path}`, target);
            },
          }),
    };
  });
}

hasherContract('simulated', async () => {
  const world = running();
  const { trees, user } = diskOf(world);
  user.mkdir('/folder');
  return { hasher: new SimHasher(world.lane), tree: valueOf(await trees.open('/folder')), cleanup: world.stop };
});

watcherContract('simulated', async () => {
  const world = running();
  const { disk, user } = diskOf(world);
  const root = '/home/anna/folder';
  user.mkdir(root);
  user.write('/home/anna/elsewhere/inside.txt', '1');
  return {
    watcher: new SimWatcher(disk, world.lane, world.scheduler.fork('watcher')),
    root,
    pause: world.pause,
    write: async (path, text) => user.write(`${root}/${path}`, text),
    makeDirectories: async (path) => user.mkdir(`${root}/${path}`),
    rename: async (from, to) => user.rename(`${root}/${from}`, `${root}/${to}`),
    remove: async (path) => user.remove(`${root}/${path}`),
    moveDirectoryIn: async (path) => user.rename('/home/anna/elsewhere', `${root}/${path}`),
    cleanup: world.stop,
  };
});

const cryptoPrng = new Prng('crypto');
cryptoContract('simulated', () => new SimCrypto(cryptoPrng));

keychainContract('simulated', async () => {
  const world = running();
  const vault = new KeychainVault();
  const open = (): SimKeychain => new SimKeychain(vault, world.lane);
  return { keychain: open(), reopen: async () => open(), cleanup: world.stop };
});

transportContract('simulated', async (count) => {
  const world = new SimWorld('transport contract');
  const stop = world.scheduler.runInBackground();
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void world.scheduler.schedule(ms, 'pause', resolve));
  const hosts = Array.from({ length: count }, (_, index) => {
    const { ports } = world.addHost({ name: `host${index}` });
    const seed = ports.crypto.generateSeed();
    return { transport: ports.createTransport(seed), device: ports.crypto.signer(seed).device, listen: ['sim://any'] };
  });
  const cleanup = async (): Promise<void> => {
    for (const { transport } of hosts) await transport.stop();
    await stop();
  };
  return { hosts, deadAddress: 'sim://nobody/1', pause, cleanup };
});
