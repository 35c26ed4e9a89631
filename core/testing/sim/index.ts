/**
 * The simulated world. A `SimWorld` is made from a seed; `addHost` gives it machines; `host.ports` are what one run of an agent is
 * built on; `host.user`, `host.disk`, `host.nic`, `host.storeFile`, `host.vault` and `world.net` are for the simulated person, the
 * fault plan and the checkers. Nothing happens unless the world's scheduler runs:
 *
 *     const world = new SimWorld('seed 1');
 *     const anna = world.addHost({ name: 'anna' });
 *     const store = await world.scheduler.drive(anna.ports.openStore());
 *     anna.user.write('/home/anna/docs/a.txt', 'hello');
 *     world.net.partition(['anna']);
 *     await world.scheduler.runFor(10_000);
 *
 * Code under simulation must wait for ports only. `await` its promises through `scheduler.drive`, or check facts after `runFor` and
 * `runUntil`: a promise of a run that crashed never settles.
 */
export * from './prng.ts';
export * from './scheduler.ts';
export * from './lane.ts';
export * from './sim-clock.ts';
export * from './sim-random.ts';
export * from './sim-crypto.ts';
export * from './sim-hasher.ts';
export * from './sim-keychain.ts';
export * from './sim-power.ts';
export * from './sim-network-state.ts';
export * from './sim-logger.ts';
export * from './sim-store.ts';
export * from './disk-inode.ts';
export * from './disk-options.ts';
export * from './sim-disk.ts';
export * from './sim-user.ts';
export * from './sim-file-tree.ts';
export * from './sim-watcher.ts';
export * from './sim-net.ts';
export * from './sim-link.ts';
export * from './sim-transport.ts';
export * from './sim-host.ts';
export * from './sim-world.ts';
