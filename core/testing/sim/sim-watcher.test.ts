import { expect, test } from 'vitest';
import type { WatchEvent } from '../../ports/index.ts';
import { SimWorld } from './sim-world.ts';

test('FLD-1 an overflow loses what was not reported and says so; silent losses say nothing', async () => {
  const world = new SimWorld('watcher');
  const host = world.addHost({ name: 'anna' });
  host.user.mkdir('/f');
  const events: WatchEvent[] = [];
  await world.scheduler.drive(host.ports.watcher.watch('/f', (event) => events.push(event)));
  host.user.write('/f/a', '1');
  host.watcher.overflow();
  await world.scheduler.runFor(1000);
  expect(events).toMatchObject([{ kind: 'lost', reason: 'overflow' }]);
  host.watching.lossProbability = 1;
  host.user.write('/f/b', '1');
  await world.scheduler.runFor(1000);
  expect(events).toHaveLength(1);
  host.watching.lossProbability = 0;
  host.user.write('/f/c', '1');
  host.user.write('/f/d', '1');
  await world.scheduler.runFor(1000);
  expect(events[1]).toEqual({ kind: 'changed', paths: ['c', 'd'] });
});
