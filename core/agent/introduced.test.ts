import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { AgentsWorld, ask, textOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';

interface Three {
  readonly agents: AgentsWorld;
  readonly anna: Laptop;
  readonly bert: Laptop;
  readonly cleo: Laptop;
}

/** Anna shares a folder with Bert and with Cleo, who never paired with each other. */
async function three(seed: string): Promise<Three> {
  const agents = await new AgentsWorld(seed, ['anna', 'bert', 'cleo']).startSharing();
  const [anna, bert, cleo] = agents.laptops as [Laptop, Laptop, Laptop];
  await agents.until(() => isLinked(bert, cleo));
  return { agents, anna, bert, cleo };
}

const idOf = ({ running }: Laptop) => present(running, 'agent').agent.device;

const isLinked = (a: Laptop, b: Laptop): boolean => a.running?.core.supervisor.sessions().some(({ device }) => device === idOf(b)) === true;

describe('devices of a common roster', () => {
  test('ROS-3 sync with each other without pairing, while the one that introduced them is away', async () => {
    const { agents, anna, bert, cleo } = await three('introduced');
    const { devices } = await agents.call(bert, 'status', {});
    expect(devices.find(({ name }) => name === 'cleo')).toMatchObject({ introducedBy: idOf(anna), state: 'live' });
    expect(devices.find(({ name }) => name === 'anna')).toMatchObject({ introducedBy: null });
    anna.host.suspend();
    agents.write(bert, 'from-bert', 'without anna');
    await agents.until(() => cleo.host.user.exists(`${cleo.root}/from-bert`));
    expect(textOf(cleo, 'from-bert')).toBe('without anna');
    anna.host.resume();
    await agents.converge();
  });

  test('ROS-3 SES-4 are never given up, as if they were paired', async () => {
    const { agents, bert, cleo } = await three('introduced and cut');
    agents.world.sim.net.resetConnections('bert', 'cleo');
    await agents.until(() => !isLinked(bert, cleo));
    await agents.until(() => isLinked(bert, cleo), 5_000);
    await agents.converge();
  });

  test('ROS-3 may ask for nothing beyond the common folder', async () => {
    const { agents, bert, cleo } = await three('introduced and modest');
    bert.host.user.mkdir('/home/bert/own');
    await agents.call(bert, 'folder.add', { path: '/home/bert/own', name: 'own' });
    const session = present(
      present(bert.running, 'agent')
        .core.supervisor.sessions()
        .find(({ device }) => device === idOf(cleo)),
      'link to cleo',
    );
    const own = present(
      [...present(bert.running, 'agent').core.folders.values()].find((folder) => folder.name() === 'own'),
      'folder',
    );
    const statements = own.journal.rosterStatements().map(({ bytes }) => bytes);
    const offered = await agents.drive(session.call('offer', { folder: own.id, statements }));
    expect(offered).toMatchObject({ ok: false, error: { kind: 'refused', error: { kind: 'not-allowed' } } });
    const asked = await agents.drive(session.call('have', { folder: own.id, have: {} }));
    expect(asked).toMatchObject({ ok: false, error: { kind: 'refused', error: { kind: 'unknown-folder' } } });
    expect(await agents.drive(ask(cleo, 'folder.offers', {}))).toEqual({ ok: true, value: { offers: [] } });
  });

  test('ROS-3 let go of each other when the roster does not name one of them any more', async () => {
    const { agents, anna, bert, cleo } = await three('introduced and removed');
    await agents.call(anna, 'device.remove', { device: 'cleo' });
    await agents.until(() => !isLinked(bert, cleo));
    await agents.runFor(120_000);
    expect(isLinked(bert, cleo)).toBe(false);
    expect((await agents.call(bert, 'status', {})).devices.map(({ name }) => name)).toEqual(['anna']);
  });
});
