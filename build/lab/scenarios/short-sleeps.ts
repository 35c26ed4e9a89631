import { MIB } from '../../../core/base/index.ts';
import { deliver, hangMs, pause, three, toSeconds, untilLive, untilSize, writeLarge } from '../parts.ts';
import type { Scenario } from '../scenario.ts';
import { settle } from '../settle.ts';

const evenMsMax = 3 * 60_000;

/** Short sleeps are the worst: both sides still believe in the old connection, whose repeats are far apart by then. */
export const shortSleeps: Scenario = {
  name: 'short-sleeps',
  proves: 'after sleeps of some seconds to some minutes a new file arrives at once',
  rules: ['SES-6', 'SES-5', 'FET-7'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const [anna, ben, cleo] = hosts;
    const lives: number[] = [];
    const arrivals: number[] = [];
    for (const seconds of stage.choose([5, 20, 40, 60, 90, 120], [3, 9, 20])) {
      cleo.fallAsleep();
      await pause((seconds * 1000) / 2);
      const name = `after ${seconds} s.bin`;
      writeLarge(anna, name, MIB);
      await deliver(anna, evenMsMax);
      await pause((seconds * 1000) / 2);
      const awakeAtMs = Date.now();
      cleo.wake();
      const [liveAtMs, seenAtMs] = await Promise.all([
        Promise.race([anna, ben].map(async (other) => untilLive(cleo, other, awakeAtMs, hangMs))),
        untilSize(cleo, name, MIB, hangMs),
      ]);
      lives.push(toSeconds(liveAtMs - awakeAtMs));
      arrivals.push(toSeconds(seenAtMs - awakeAtMs));
      stage.say(`slept for ${seconds} s: the file was there ${arrivals.at(-1)?.toFixed(2)} s after the wake`);
    }
    stage.figure({ label: `until a link is live, the worst of ${lives.length}`, value: Math.max(...lives), unit: 's', target: 1 });
    stage.figure({
      label: `until a new MiB is there, the worst of ${arrivals.length}`,
      value: Math.max(...arrivals),
      unit: 's',
      target: 1.5,
    });
    await settle(hosts, evenMsMax);
  },
};
