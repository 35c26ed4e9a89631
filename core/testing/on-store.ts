import { DAY_MS } from '../base/index.ts';
import type { Store } from '../ports/index.ts';
import type { SimHost } from './sim/index.ts';
import { SimWorld } from './sim/index.ts';

/** Virtual time that a test may take: three weeks. */
const withinMs = 21 * DAY_MS;

/** Runs `use` on a host's store, then again what it returns on the store as a new run finds it. */
export async function onStore<T>(
  use: (store: Store, host: SimHost) => Promise<T>,
  again?: (store: Store, host: SimHost) => Promise<void>,
): Promise<T> {
  const world = new SimWorld('on-store');
  const host = world.addHost({ name: 'laptop' });
  const run = async <R>(task: (store: Store, host: SimHost) => Promise<R>): Promise<R> => {
    const store = await host.ports.openStore();
    const result = await task(store, host);
    await store.close();
    return result;
  };
  const result = await world.scheduler.drive(run(use), withinMs);
  if (again) {
    host.crash({ powerCut: true });
    host.restart();
    await world.scheduler.drive(run(again), withinMs);
  }
  return result;
}
