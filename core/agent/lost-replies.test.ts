import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { AgentsWorld, ask, atFirst, eventsOf, repeatsOf, textOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { folderOf } from '../testing/world/running-agent.ts';

interface Two {
  readonly agents: AgentsWorld;
  readonly anna: Laptop;
  readonly bert: Laptop;
  readonly cut: () => number;
}

function twoOf(agents: AgentsWorld): Two {
  const [anna, bert] = agents.laptops as [Laptop, Laptop];
  return { agents, anna, bert, cut: () => agents.world.sim.net.resetConnections('anna', 'bert') };
}

/** Two laptops that are paired, one of which has a folder that the other does not know of yet. */
async function pairedWithFolder(seed: string): Promise<Two> {
  const two = twoOf(await new AgentsWorld(seed, ['anna', 'bert']).start());
  const { agents, anna, bert } = two;
  const { invite } = await agents.call(anna, 'invite', {});
  await agents.call(bert, 'pair', { invite });
  await agents.until(() => areLinked(agents));
  await agents.call(anna, 'folder.add', { path: anna.root, name: 'shared' });
  return two;
}

function areLinked({ laptops }: AgentsWorld): boolean {
  return laptops.every(({ running }) => running?.core.supervisor.sessions().length === laptops.length - 1);
}

/** The agent of `laptop` dies, and another run begins a moment later. */
function restart({ world }: AgentsWorld, laptop: Laptop): void {
  laptop.host.crash({ powerCut: false });
  world.later(100, `${laptop.name} is back`, () => laptop.restart());
}

describe('the reply of a pairing is lost', () => {
  test('RPC-2 it is asked for again: one effect, and the first result is returned', async () => {
    const { agents, anna, bert, cut } = twoOf(await new AgentsWorld('pair', ['anna', 'bert']).start());
    const { invite } = await agents.call(anna, 'invite', {});
    atFirst(anna, 'device-paired', cut);
    const paired = await agents.call(bert, 'pair', { invite });
    expect(paired.id).toBe(anna.running?.agent.device);
    expect(eventsOf(anna, 'device-paired')).toHaveLength(1);
    expect((await agents.call(anna, 'devices', {})).devices).toHaveLength(1);
    await agents.until(() => areLinked(agents));
  });

  test('RPC-2 the inviting device restarted in between: the outcome is unknown, nothing is repeated, and a look tells', async () => {
    const { agents, anna, bert } = twoOf(await new AgentsWorld('pair restart', ['anna', 'bert']).start());
    const { invite } = await agents.call(anna, 'invite', {});
    atFirst(anna, 'device-paired', () => restart(agents, anna));
    const reply = await agents.drive(ask(bert, 'pair', { invite }));
    expect(reply).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
    await agents.until(() => anna.running !== undefined);
    // As the text of the error says: the other device lists this one.
    expect((await agents.call(anna, 'devices', {})).devices.map(({ id }) => id)).toEqual([bert.running?.agent.device]);
    expect((await agents.call(bert, 'devices', {})).devices).toEqual([]);
    expect(eventsOf(anna, 'device-paired')).toEqual([]);
  });
});

describe('the reply of a folder offer is lost', () => {
  const share = { folder: 'shared', device: 'bert', role: 'writer' } as const;

  test('RPC-2 it is repeated once, offered once, and noted once', async () => {
    const { agents, anna, bert, cut } = await pairedWithFolder('offer');
    atFirst(bert, 'folder-offered-here', cut);
    await agents.call(anna, 'folder.share', share);
    await agents.until(() => eventsOf(anna, 'folder-offered').length > 0);
    await agents.runFor(30_000);
    expect(eventsOf(bert, 'folder-offered-here')).toHaveLength(1);
    expect(eventsOf(anna, 'folder-offered')).toHaveLength(1);
    expect(repeatsOf(anna, 'offer')).toBe(1);
    expect(eventsOf(anna, 'link-ended')).toHaveLength(1);
  });

  test('RPC-2 nothing is repeated twice: where the repeat loses its link too, the next link offers anew', async () => {
    const { agents, anna, bert, cut } = await pairedWithFolder('offer twice');
    atFirst(bert, 'folder-offered-here', () => {
      cut();
      // The repeat goes out as soon as the next link is there, and is on its way when that one breaks.
      atFirst(anna, 'link-live', () => agents.world.later(0.1, 'the second cut', cut));
    });
    await agents.call(anna, 'folder.share', share);
    await agents.until(() => eventsOf(anna, 'folder-offered').length > 0);
    await agents.runFor(30_000);
    expect(eventsOf(anna, 'link-ended')).toHaveLength(2);
    expect(repeatsOf(anna, 'offer')).toBe(1);
    expect(eventsOf(anna, 'folder-offered')).toHaveLength(1);
    expect(eventsOf(bert, 'folder-offered-here')).toHaveLength(1);
  });

  test('RPC-2 the receiver restarted in between: it is not repeated but read again, and then offered as new', async () => {
    const { agents, anna, bert } = await pairedWithFolder('offer restart');
    atFirst(bert, 'folder-offered-here', () => restart(agents, bert));
    await agents.call(anna, 'folder.share', share);
    await agents.until(() => eventsOf(anna, 'folder-offered').length > 0);
    await agents.runFor(30_000);
    expect(repeatsOf(anna, 'offer')).toBe(0);
    expect(eventsOf(anna, 'folder-offered')).toHaveLength(1);
    expect((await agents.call(bert, 'folder.offers', {})).offers).toHaveLength(1);
    // The offer was durable before the restart: the second run does not take it for news.
    expect(eventsOf(bert, 'folder-offered-here')).toEqual([]);
  });

  test('RPC-4 with retry off it is not repeated; the next link offers by itself', async () => {
    const { agents, anna, bert, cut } = await pairedWithFolder('offer off');
    await agents.call(anna, 'settings.set', { key: 'requests.retry', value: 'off' });
    atFirst(bert, 'folder-offered-here', cut);
    await agents.call(anna, 'folder.share', share);
    await agents.until(() => eventsOf(anna, 'folder-offered').length > 0);
    expect(repeatsOf(anna, 'offer')).toBe(0);
    expect(eventsOf(bert, 'folder-offered-here')).toHaveLength(1);
  });
});

describe('the link is lost while a folder is left', () => {
  test('RPC-2 the others hear of it nevertheless, although no later link would tell them', async () => {
    const { agents, anna, bert, cut } = twoOf(await new AgentsWorld('leave', ['anna', 'bert']).startSharing());
    const bertId = present(bert.running, 'agent').agent.device;
    const left = present(folderOf(bert.running), 'folder').journal;
    agents.world.sim.net.setQuality('anna', 'bert', { latencyMs: 40, jitterMs: 0, bytesPerMs: 1_000 });
    const removed = ask(bert, 'folder.remove', { folder: 'shared' });
    // The statement is on its way when the link breaks.
    await agents.until(() => !left.roster().members.has(bertId));
    await agents.runFor(5);
    cut();
    expect(folderOf(anna.running)?.hasMember(bertId)).toBe(true);
    expect(await agents.drive(removed)).toMatchObject({ ok: true });
    await agents.until(() => folderOf(anna.running)?.hasMember(bertId) === false);
    expect(repeatsOf(bert, 'roster')).toBe(1);
  });
});

describe('the reply of a batch push is lost', () => {
  /** How far `laptop` holds the journal of `author`. */
  function held(laptop: Laptop, author: Laptop): number {
    const { own } = present(folderOf(author.running), 'folder').journal;
    return folderOf(laptop.running)?.journal.have().get(own)?.end ?? 0;
  }

  test('RPC-2 the next link goes on after the last batch that the receiver verified', async () => {
    const { agents, anna, bert, cut } = twoOf(await new AgentsWorld('push', ['anna', 'bert']).startSharing());
    agents.world.sim.net.setQuality('anna', 'bert', { latencyMs: 40, jitterMs: 0, bytesPerMs: 1_000 });
    const before = held(bert, anna);
    agents.write(anna, 'new.txt', 'new');
    await agents.until(() => held(bert, anna) > before);
    const after = held(bert, anna);
    expect(cut()).toBeGreaterThan(0);
    await agents.converge();
    expect(held(bert, anna)).toBe(after);
    expect(textOf(bert, 'new.txt')).toBe('new');
    expect(eventsOf(bert, 'batch-refused')).toEqual([]);
  });

  test('RPC-2 a batch with a removal, repeated after another device has created the path anew, does not remove it', async () => {
    const agents = await new AgentsWorld('removal', ['anna', 'bert', 'carla']).startSharing();
    const { anna, bert, cut } = twoOf(agents);
    const [, , carla] = agents.laptops as [Laptop, Laptop, Laptop];
    const { net } = agents.world.sim;
    const path = 'notes.txt';
    agents.write(anna, path, 'old');
    await agents.converge();
    // Slow enough to catch the reply on its way. Carla hears of Anna's removal through Bert alone.
    net.setQuality('anna', 'bert', { latencyMs: 40, jitterMs: 0, bytesPerMs: 1_000 });
    net.block('anna', 'carla');
    net.block('carla', 'anna');
    net.resetConnections('anna', 'carla');
    const before = held(bert, anna);
    agents.remove(anna, path);
    await agents.until(() => held(bert, anna) > before);
    const after = held(bert, anna);
    net.block('anna', 'bert');
    net.block('bert', 'anna');
    cut();
    await agents.until(() => !bert.tree().has(path) && !carla.tree().has(path));
    agents.write(carla, path, 'created anew');
    await agents.until(() => bert.tree().has(path));
    net.heal();
    await agents.converge();
    for (const laptop of agents.laptops) expect(textOf(laptop, path)).toBe('created anew');
    expect(held(bert, anna)).toBe(after);
  });
});
