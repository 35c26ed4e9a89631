import { ChanceEdits } from '../edits.ts';
import type { LabHost } from '../lab-host.ts';
import { pause, three, toSeconds } from '../parts.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { settle } from '../settle.ts';

const evenMsMax = 3 * 60_000;

/** How one of them sleeps at the moment: `announced` by its system (which tells the others), or just gone. */
type Sleep = 'announced' | 'sudden';

export const storm: Scenario = {
  name: 'storm',
  proves: 'however three laptops sleep, wake and edit in turn: in the end all trees are equal and no edit is lost',
  rules: ['FLD-3', 'SES-4', 'SES-6', 'SES-7', 'REC-2'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const edits = new ChanceEdits(stage.random.fork('edits'));
    const asleep = new Map<LabHost, Sleep>();
    const endAtMs = performance.now() + stage.choose(300_000, 45_000);
    const stepMsMax = stage.choose(1_500, 700);
    let sleeps = 0;
    while (performance.now() < endAtMs) {
      const host = stage.random.pick(hosts);
      const chance = stage.random.fraction();
      if (asleep.has(host)) {
        if (chance < 0.4) await wake(host, asleep);
      } else if (chance < 0.2) {
        sleeps += 1;
        await fallAsleep(stage, host, asleep);
      } else edits.act(host);
      await pause(stage.random.between(0, stepMsMax));
    }
    const awakeAtMs = Date.now();
    for (const host of asleep.keys()) await wake(host, asleep);
    const tree = await settle(hosts, evenMsMax);
    stage.figure({ label: 'edits', value: edits.count, unit: '' });
    stage.figure({ label: 'sleeps', value: sleeps, unit: '' });
    stage.figure({ label: 'conflict copies', value: [...tree.keys()].filter((path) => path.includes('(conflict ')).length, unit: '' });
    stage.figure({ label: 'from all awake to all even and compared', value: toSeconds(Date.now() - awakeAtMs), unit: 's' });
    edits.checkNothingLost(hosts);
  },
};

async function fallAsleep(stage: Stage, host: LabHost, asleep: Map<LabHost, Sleep>): Promise<void> {
  const sleep: Sleep = stage.random.chance(0.5) ? 'announced' : 'sudden';
  asleep.set(host, sleep);
  if (sleep === 'announced') await host.call('suspend', {});
  host.fallAsleep();
}

async function wake(host: LabHost, asleep: Map<LabHost, Sleep>): Promise<void> {
  host.wake();
  if (asleep.get(host) === 'announced') await host.call('resume', {});
  asleep.delete(host);
}
