import { MIB } from '../../../core/base/index.ts';
import { deliver, ensure, hangMs, pause, three, toMib, toSeconds, writeLarge } from '../parts.ts';
import { ProgressWatch } from '../progress.ts';
import type { Scenario } from '../scenario.ts';
import { settle, untilEven } from '../settle.ts';

const evenMsMax = 10 * 60_000;
/** So long at least it stays frozen: longer than work in vain is waited for. */
const frozenMsMin = 6_000;

export const frozenSource: Scenario = {
  name: 'frozen-source',
  proves: 'a download from two sources moves on when one of them hangs midway',
  rules: ['FET-4', 'FET-5', 'SES-5'],
  run: async (stage) => {
    const bytes = stage.choose(512, 96) * MIB;
    const [anna, ben, cleo] = three(await stage.hosts(['anna', 'ben', 'cleo']));
    await cleo.agent.stop();
    writeLarge(anna, 'large.bin', bytes);
    await deliver(anna, evenMsMax);
    // So slow that there is a middle.
    for (const source of [anna, ben]) source.cable.thin(stage.choose(12, 5) * MIB);
    const receivedBefore = cleo.cable.bytes().received;
    await cleo.start();

    const watch = new ProgressWatch(cleo);
    await watch.until('a fifth of the file', hangMs, (holding) => holding.bytes > bytes / 5);
    const spread = (await cleo.status()).transfers[0]?.sources.length ?? 0;
    ensure(spread === 2, `The download had ${spread} sources before one of them was frozen.`);
    watch.mark();
    ben.freeze();
    const frozenAtMs = performance.now();
    stage.say('one source is frozen');
    const done = await watch.until(
      'all of the file from the other source',
      hangMs,
      (holding) => holding.bytes >= bytes && holding.wantedFiles === 0,
    );
    stage.figure({ label: 'longest gap without progress', value: toSeconds(watch.longestGapMs), unit: 's', target: 2 });
    stage.figure({ label: 'from freezing to the whole file', value: toSeconds(done.atMs - frozenAtMs), unit: 's' });
    await pause(Math.max(0, frozenMsMin - (performance.now() - frozenAtMs)));
    const { state } = await cleo.deviceStatus(ben);
    ensure(state !== 'live', `The frozen device is called ${state}.`);
    ben.thaw();
    await untilEven([anna, ben, cleo], evenMsMax);
    stage.figure({ label: 'received beyond the file', value: toMib(cleo.cable.bytes().received - receivedBefore - bytes), unit: 'MiB' });
    await settle([anna, ben, cleo], evenMsMax);
  },
};
