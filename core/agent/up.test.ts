import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { AgentsWorld, ask } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';

async function two(seed: string): Promise<{ agents: AgentsWorld; anna: Laptop; bert: Laptop }> {
  const agents = await new AgentsWorld(seed, ['anna', 'bert']).startSharing();
  const [anna, bert] = agents.laptops as [Laptop, Laptop];
  return { agents, anna, bert };
}

describe('catching up by command', () => {
  test('STA-1 returns when even, and waits for what a reachable device is yet to send', async () => {
    const { agents, anna, bert } = await two('up');
    agents.write(bert, 'new', 'text');
    expect(await agents.call(bert, 'up', { delivered: true })).toMatchObject({ even: true });
    expect(anna.host.user.exists(`${anna.root}/new`)).toBe(true);
  });

  test('STA-1 nobody who is away makes it wait for ever: it says whom it misses', async () => {
    const { agents, anna, bert } = await two('up alone');
    bert.host.suspend();
    await agents.until(() => present(anna.running, 'agent').core.supervisor.sessions().length === 0);
    const reply = await agents.call(anna, 'up', { delivered: false });
    expect(reply).toMatchObject({ even: false, folders: [{ why: [expect.stringContaining('No other device is reachable')] }] });
  });

  test('STA-1 who gave it a time has it wait for devices that are away, too', async () => {
    const { agents, anna, bert } = await two('up with time');
    bert.host.suspend();
    await agents.until(() => present(anna.running, 'agent').core.supervisor.sessions().length === 0);
    agents.world.later(60_000, 'bert wakes', () => bert.host.resume());
    const asked = ask(anna, 'up', { delivered: false, timeoutSeconds: 115 });
    expect(await agents.drive(asked)).toMatchObject({ ok: true, value: { even: true } });
  });
});
