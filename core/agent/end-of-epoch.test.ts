import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { AgentsWorld, eventsOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { folderOf } from '../testing/world/running-agent.ts';

describe('a peer vanishes with 200 calls outstanding', () => {
  test('SES-2 an agent notes and logs the end once and the clearing once, whatever was outstanding, and writes no incident', async () => {
    const agents = await new AgentsWorld('burst', ['anna', 'bert']).startSharing();
    const [anna, bert] = agents.laptops as [Laptop, Laptop];
    const { core } = present(anna.running, 'agent');
    const session = present(core.supervisor.sessions()[0], 'session');
    const { folder } = present(folderOf(anna.running), 'folder').journal;
    bert.host.freeze();
    const errors: string[] = [];
    const sawIt: boolean[] = [];
    for (let i = 0; i < 200; i++) {
      void session.call('have', { folder, have: {} }).then((result) => {
        if (!result.ok) errors.push(result.error.kind);
        sawIt.push(core.supervisor.session(session.device) !== undefined || core.folders.get(folder)?.peer(session.device) !== undefined);
      });
    }
    await agents.runFor(200);
    const loggedBefore = anna.host.log.records().length;
    agents.world.sim.net.resetConnections('anna', 'bert');
    await agents.until(() => errors.length === 200);
    expect(new Set(errors)).toEqual(new Set(['peer-gone']));
    // No caller could see the peer as live, nor as one of the folder's peers, after its own call failed.
    expect(new Set(sawIt)).toEqual(new Set([false]));
    expect(eventsOf(anna, 'link-ended')).toMatchObject([{ fields: { callsLost: 200, why: expect.stringMatching(/reset|lost/) } }]);
    const logged = anna.host.log.records().slice(loggedBefore);
    expect(logged.map(({ event }) => event)).toEqual(['link-ended', 'references-cleared']);
    expect(core.events.incidents()).toEqual([]);
  });
});
