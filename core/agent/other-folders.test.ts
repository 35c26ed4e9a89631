import { describe, expect, test } from 'vitest';
import { KIB, present } from '../base/index.ts';
import { noise } from '../testing/exchange/exchange-bed.ts';
import { AgentsWorld } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';

const content = noise(600 * KIB, 7);

const otherRoot = ({ name }: Laptop): string => `/home/${name}/other`;

/** `owner` shares a second folder with `guests`, who are paired with it. */
async function shareAnother(agents: AgentsWorld, owner: Laptop, guests: readonly Laptop[]): Promise<void> {
  for (const { host, root } of [owner, ...guests].map((laptop) => ({ host: laptop.host, root: otherRoot(laptop) }))) host.user.mkdir(root);
  await agents.call(owner, 'folder.add', { path: otherRoot(owner), name: 'other' });
  for (const guest of guests) {
    await agents.call(owner, 'folder.share', { folder: 'other', device: guest.name, role: 'writer' });
    await agents.until(() => (guest.running?.core.folderSetup.offers().length ?? 0) > 0);
    await agents.call(guest, 'folder.accept', { folder: 'other', path: otherRoot(guest) });
  }
}

/** Whether `reader`, who has the bytes in the first folder, fetched the file that `owner` puts in the other one. */
async function isFetched(agents: AgentsWorld, owner: Laptop, reader: Laptop): Promise<boolean> {
  owner.host.user.write(`${otherRoot(owner)}/again`, content);
  const copy = `${otherRoot(reader)}/again`;
  await agents.until(() => reader.host.user.exists(copy));
  expect(reader.host.user.read(copy)).toEqual(content);
  await agents.runFor(5_000);
  const { activity } = present(reader.running, 'agent').core;
  return activity.finished().some(({ path, kind }) => path === 'again' && kind === 'fetched');
}

describe('bytes that another folder of this device has', () => {
  test('BLK-2 are used where everybody who could notice may have them', async () => {
    const agents = await new AgentsWorld('reuse', ['anna', 'bert']).startSharing();
    const [anna, bert] = agents.laptops as [Laptop, Laptop];
    anna.host.user.write(`${anna.root}/first`, content);
    await agents.converge();
    await shareAnother(agents, anna, [bert]);
    expect(await isFetched(agents, anna, bert)).toBe(false);
  });

  test('BLK-2 are fetched anew where a device of the folder is not on the other one: it would learn what is there', async () => {
    const agents = new AgentsWorld('no reuse', ['anna', 'bert']);
    const cleo = agents.world.addLaptop({ name: 'cleo' });
    await agents.startSharing();
    const [anna, bert] = agents.laptops as [Laptop, Laptop];
    anna.host.user.write(`${anna.root}/first`, content);
    await agents.converge();
    await agents.call(anna, 'device.remove', { device: 'cleo' });
    await shareAnother(agents, anna, [bert]);
    const { invite } = await agents.call(anna, 'invite', {});
    await agents.call(cleo, 'pair', { invite });
    await agents.call(anna, 'folder.share', { folder: 'other', device: 'cleo', role: 'reader' });
    const bertsOther = [...present(bert.running, 'agent').core.folders.values()].find((folder) => folder.name() === 'other');
    await agents.until(() => bertsOther?.hasMember(present(cleo.running, 'agent').agent.device) === true);
    expect(await isFetched(agents, anna, bert)).toBe(true);
  });
});
