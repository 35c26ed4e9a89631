import { describe, expect, test } from 'vitest';
import { AgentsWorld, eventsOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';

const isLinked = ({ running }: Laptop): boolean => running?.core.supervisor.sessions().length === 1;

async function pairedPair(seed: string): Promise<{ agents: AgentsWorld; anna: Laptop; bert: Laptop; relink: () => Promise<void> }> {
  const agents = await new AgentsWorld(seed, ['anna', 'bert']).start();
  const [anna, bert] = agents.laptops as [Laptop, Laptop];
  const { invite } = await agents.call(anna, 'invite', {});
  await agents.call(bert, 'pair', { invite });
  await agents.until(() => isLinked(anna) && isLinked(bert));
  await agents.call(anna, 'folder.add', { path: anna.root, name: 'shared' });
  await agents.call(anna, 'folder.share', { folder: 'shared', device: 'bert', role: 'writer' });
  await agents.until(() => eventsOf(anna, 'folder-offered').length === 1);
  const relink = async (): Promise<void> => {
    agents.world.sim.net.resetConnections('anna', 'bert');
    await agents.until(() => !isLinked(anna) && !isLinked(bert));
    await agents.until(() => isLinked(anna) && isLinked(bert));
    await agents.runFor(5_000);
  };
  return { agents, anna, bert, relink };
}

describe('a folder that is offered at each link', () => {
  test('INC-1 is told as offered once, and as kept once, whatever becomes of the links', async () => {
    const { agents, anna, bert, relink } = await pairedPair('offers');
    for (let i = 0; i < 3; i++) await relink();
    expect(eventsOf(anna, 'folder-offered')).toHaveLength(1);
    expect(eventsOf(bert, 'folder-offered-here')).toHaveLength(1);

    const [offer] = (await agents.call(bert, 'folder.offers', {})).offers;
    await agents.call(bert, 'folder.accept', { folder: offer?.folder ?? '', path: bert.root });
    // An empty folder: no history tells that the other device keeps it, so each link asks.
    for (let i = 0; i < 3; i++) await relink();
    expect(eventsOf(anna, 'folder-offered')).toHaveLength(1);
    expect(eventsOf(anna, 'folder-joined').length).toBeLessThanOrEqual(1);
    // Who offers a folder keeps it: that is no news to the one who accepted it.
    expect(eventsOf(bert, 'folder-joined')).toEqual([]);
  });

  test.each([{ over: 'the link on which it was left' }, { over: 'a later link' }])(
    'ROS-4 INC-1 one that a device has left is offered again over $over, and told anew',
    async ({ over }) => {
      const { agents, anna, bert, relink } = await pairedPair('offers again');
      const [offer] = (await agents.call(bert, 'folder.offers', {})).offers;
      anna.host.user.write(`${anna.root}/a.txt`, 'with a history');
      await agents.call(bert, 'folder.accept', { folder: offer?.folder ?? '', path: bert.root });
      await agents.converge();
      await agents.call(bert, 'folder.remove', { folder: 'shared' });
      await agents.runFor(5_000);
      if (over === 'a later link') agents.world.sim.net.resetConnections('anna', 'bert');
      await agents.call(anna, 'folder.share', { folder: 'shared', device: 'bert', role: 'writer' });
      await agents.until(() => eventsOf(anna, 'folder-offered').length === 2);
      expect((await agents.call(bert, 'folder.offers', {})).offers).toHaveLength(1);
      await relink();
      expect(eventsOf(anna, 'folder-offered')).toHaveLength(2);
    },
  );
});
