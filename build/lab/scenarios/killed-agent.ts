import { MIB } from '../../../core/base/index.ts';
import { limits } from '../../../core/model/index.ts';
import { ensure, hangMs, toMib, toSeconds, two, writeLarge } from '../parts.ts';
import { ProgressWatch } from '../progress.ts';
import type { Scenario } from '../scenario.ts';
import { settle } from '../settle.ts';

const evenMsMax = 5 * 60_000;
const cableBytesPerSecond = 16 * MIB;

export const killedAgent: Scenario = {
  name: 'killed-agent',
  proves: 'an agent that is killed in the middle of a transfer goes on after its restart, and fetches no block twice',
  rules: ['BLK-3', 'DUR-1', 'REC-2'],
  run: async (stage) => {
    const bytes = stage.choose(512, 96) * MIB;
    const hosts = two(await stage.hosts(['anna', 'ben']));
    const [anna, ben] = hosts;
    anna.cable.thin(cableBytesPerSecond);
    const receivedBefore = ben.cable.bytes().received;
    writeLarge(anna, 'large.bin', bytes);
    let kills = 0;
    for (const fraction of [0.3, 0.6]) {
      await new ProgressWatch(ben).until(`${fraction * 100} % of the file`, hangMs, (holding) => holding.bytes > bytes * fraction);
      await ben.kill();
      kills += 1;
      stage.say(`killed with ${toMib(ben.cable.bytes().received - receivedBefore).toFixed(0)} MiB received`);
      await ben.start();
    }
    const startedAtMs = performance.now();
    const done = await new ProgressWatch(ben).until(
      'all of the file',
      hangMs,
      (holding) => holding.bytes >= bytes && holding.wantedFiles === 0,
    );
    stage.figure({ label: 'from the last start to the whole file', value: toSeconds(done.atMs - startedAtMs), unit: 's' });
    const beyond = ben.cable.bytes().received - receivedBefore - bytes;
    stage.figure({ label: `received beyond the file, after ${kills} kills`, value: toMib(beyond), unit: 'MiB' });
    // What a kill may cost: what was in flight, and what was received and not yet written. Then headers.
    const lossMax = kills * 2 * limits.blocksInFlightPerPeerBytesMax + bytes / 20;
    ensure(beyond < lossMax, `${toMib(beyond).toFixed(0)} MiB came more than the file has, so blocks were fetched twice.`);
    await settle(hosts, evenMsMax);
  },
};
