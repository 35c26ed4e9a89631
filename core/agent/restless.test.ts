import { expect, test } from 'vitest';
import { MINUTE_MS, SECOND_MS, present } from '../base/index.ts';
import { AgentsWorld } from '../testing/world/agents.ts';

test('STA-2 FLD-6 a file that is being written is listed, and needs a person only where it never comes to rest', async () => {
  const agents = await new AgentsWorld('restless', ['anna', 'bert']).startSharing();
  const anna = present(agents.laptops[0], 'anna');
  const folder = async (): Promise<unknown> => (await agents.call(anna, 'status', {})).folders[0];
  const writeFor = async (ms: number): Promise<void> => {
    for (const endMs = agents.world.sim.scheduler.nowMs + ms; agents.world.sim.scheduler.nowMs < endMs;) {
      anna.host.user.append(`${anna.root}/log`, 'line\n');
      await agents.runFor(SECOND_MS);
    }
  };
  anna.host.user.write(`${anna.root}/log`, 'line\n');
  anna.host.crashPoint = (operation, at) => {
    if (operation === 'openRead' && at.endsWith('/log')) anna.host.user.append(`${anna.root}/log`, 'line\n');
    return 'go-on';
  };
  await writeFor(MINUTE_MS);
  expect(await agents.call(anna, 'problems', {})).toMatchObject({ problems: [{ path: 'log', kind: 'changes-while-read' }] });
  expect(await folder()).toMatchObject({ problems: 0 });
  await writeFor(15 * MINUTE_MS);
  expect(await folder()).toMatchObject({ problems: 1 });
  anna.host.crashPoint = () => 'go-on';
  await agents.runFor(60 * SECOND_MS);
  expect(await folder()).toMatchObject({ problems: 0, state: 'up-to-date' });
});
