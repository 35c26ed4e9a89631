import { MIB } from '../../../core/base/index.ts';
import { deliver, ensure, hangMs, three, toSeconds, untilLive, writeLarge } from '../parts.ts';
import { ProgressWatch } from '../progress.ts';
import { fairWeather } from '../relay-flow.ts';
import type { Scenario } from '../scenario.ts';
import { settle, untilEven } from '../settle.ts';

const evenMsMax = 5 * 60_000;
const trickle = { bytes: 1, everyMs: 50_000 };

export const trickling: Scenario = {
  name: 'trickle',
  proves: 'a source that delivers a byte every 50 s does not slow down a download that has a healthy one',
  rules: ['FET-5', 'FET-3'],
  run: async (stage) => {
    const bytes = stage.choose(512, 96) * MIB;
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const [anna, ben, cleo] = hosts;
    await cleo.call('device.pause', { device: 'anna', paused: true });
    await cleo.call('device.pause', { device: 'ben', paused: true });
    writeLarge(anna, 'large.bin', bytes);
    await deliver(anna, evenMsMax);
    await untilEven([anna, ben], evenMsMax);
    const { relay } = await stage.relay(cleo, anna);
    for (const source of [anna, ben]) source.cable.thin(stage.choose(12, 5) * MIB);
    const resumedAtMs = Date.now();
    await cleo.call('device.pause', { device: 'anna', paused: false });
    await untilLive(cleo, anna, resumedAtMs, hangMs);
    await cleo.call('device.pause', { device: 'ben', paused: false });

    const watch = new ProgressWatch(cleo);
    await watch.until('a fifth of the file', hangMs, (holding) => holding.bytes > bytes / 5);
    const spread = (await cleo.status()).transfers[0]?.sources.length ?? 0;
    ensure(spread === 2, `The download had ${spread} sources before one of them began to trickle.`);
    watch.mark();
    relay.setWeather({ delayMs: 0, trickle });
    const beganAtMs = performance.now();
    stage.say('one source trickles');
    const done = await watch.until('all of the file', hangMs, (holding) => holding.bytes >= bytes && holding.wantedFiles === 0);
    stage.figure({ label: 'longest gap without progress', value: toSeconds(watch.longestGapMs), unit: 's', target: 2 });
    stage.figure({ label: 'from the trickle to the whole file', value: toSeconds(done.atMs - beganAtMs), unit: 's' });
    relay.setWeather(fairWeather);
    await settle(hosts, evenMsMax);
  },
};
