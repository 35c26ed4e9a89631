import { MIB } from '../../../core/base/index.ts';
import { deliver, ensure, hangMs, pause, three, toSeconds, untilLive, untilSize, untilText, writeLarge, writeText } from '../parts.ts';
import type { Scenario } from '../scenario.ts';
import { compareTrees, settle, untilEven } from '../settle.ts';

const evenMsMax = 3 * 60_000;

export const storeAndForward: Scenario = {
  name: 'store-and-forward',
  proves: 'a change reaches a laptop that was away from one that has it, while its author sleeps',
  rules: ['JRN-1', 'JRN-7', 'FET-2', 'SES-7'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const [anna, ben, cleo] = hosts;
    const bytes = stage.choose(64, 16) * MIB;
    cleo.fallAsleep();
    await pause(stage.choose(20_000, 4_000));
    writeText(anna, 'note.txt', 'by the author who sleeps now\n');
    writeLarge(anna, 'large.bin', bytes);
    await deliver(anna, evenMsMax);
    // Its system announces the sleep, and so everybody hears of it.
    await anna.call('suspend', {});
    anna.fallAsleep();
    const told = await ben.deviceStatus(anna);
    ensure(told.state === 'asleep' && told.asleepSince !== null, `A device that said that it sleeps is called ${told.state}.`);
    await pause(stage.choose(20_000, 4_000));
    const awakeAtMs = Date.now();
    cleo.wake();
    const liveAtMs = await untilLive(cleo, ben, awakeAtMs, hangMs);
    stage.figure({ label: 'until the link to the one that has it', value: toSeconds(liveAtMs - awakeAtMs), unit: 's', target: 1 });
    await untilText(cleo, 'note.txt', 'by the author who sleeps now\n', evenMsMax);
    const wholeAtMs = await untilSize(cleo, 'large.bin', bytes, evenMsMax);
    stage.figure({ label: `until all ${bytes / MIB} MiB are there`, value: toSeconds(wholeAtMs - awakeAtMs), unit: 's' });
    await untilEven([ben, cleo], evenMsMax);
    await compareTrees([anna, ben, cleo]);
    const { state } = await cleo.deviceStatus(anna);
    ensure(state !== 'live', `The author who sleeps is called ${state}.`);
    anna.wake();
    await anna.call('resume', {});
    await settle(hosts, evenMsMax);
  },
};
