import { KIB, MIB } from '../../../core/base/index.ts';
import type { LabHost } from '../lab-host.ts';
import { ensure, hangMs, pause, toSeconds, two, untilLive, untilSize, writeLarge } from '../parts.ts';
import { ProgressWatch } from '../progress.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { settle, untilEven } from '../settle.ts';

const evenMsMax = 15 * 60_000;
const slowBytesPerSecond = 512 * KIB;
const latencyMs = 200;
/** The longest that the slow link may show nothing new: a frame of the most bytes takes 8 s there. */
const slowGapMs = 60_000;

/** Sends a file one way while a smaller one goes the other way; fails for any epoch that ends. */
async function transfer(stage: Stage, from: LabHost, to: LabHost, bytes: number): Promise<void> {
  const beganAtMs = Date.now();
  const watch = new ProgressWatch(to);
  writeLarge(from, 'large.bin', bytes);
  writeLarge(to, 'back.bin', bytes / 8);
  await watch.until('all of the file', slowGapMs, (holding) => holding.bytes >= (bytes * 9) / 8 && holding.wantedFiles === 0);
  await untilSize(from, 'back.bin', bytes / 8, evenMsMax);
  const seconds = toSeconds(Date.now() - beganAtMs);
  stage.figure({ label: 'seconds for it', value: seconds, unit: 's' });
  stage.figure({ label: 'rate', value: bytes / MIB / seconds, unit: 'MiB/s' });
  stage.figure({ label: 'longest gap without progress', value: toSeconds(watch.longestGapMs), unit: 's' });
  const lost = from.countEvents('session-gone', beganAtMs) + to.countEvents('session-gone', beganAtMs);
  const suspects = to.events.filter(
    ({ kind, at, fields }) => kind === 'suspect' && fields?.['suspect'] === true && Date.parse(at) >= beganAtMs,
  );
  stage.figure({ label: 'times that the peer was suspect', value: suspects.length, unit: '' });
  stage.figure({ label: 'epochs lost', value: lost, unit: '', target: 0 });
  ensure(lost === 0, `${lost} links were given up, although nothing but speed was wrong with them.`);
}

export const slowLink: Scenario = {
  name: 'slow-link',
  proves: 'a link of 512 KiB/s is not taken for a dead one',
  rules: ['SES-5', 'FET-5'],
  run: async (stage) => {
    const hosts = two(await stage.hosts(['anna', 'ben']));
    const [anna, ben] = hosts;
    for (const host of hosts) host.cable.thin(slowBytesPerSecond);
    const bytes = stage.choose(96, 12) * MIB;
    await transfer(stage, anna, ben, bytes);
    await settle(hosts, evenMsMax);
  },
};

export const longWay: Scenario = {
  name: 'long-way',
  proves: 'a link of 200 ms round trip through a fixed address is kept and used',
  rules: ['SES-5', 'FET-8'],
  run: async (stage) => {
    const hosts = two(await stage.hosts(['anna', 'ben']));
    const [anna, ben] = hosts;
    const isDelayed = hosts.map((host) => host.cable.delay(latencyMs / 2)).every(Boolean);
    if (!isDelayed) {
      const relayedAtMs = Date.now();
      const { relay, address } = await stage.relay(ben, anna);
      relay.setWeather({ delayMs: latencyMs / 2, trickle: null });
      stage.say(`no netem in this kernel: through a relay at ${address}`);
      await untilLive(ben, anna, relayedAtMs, evenMsMax);
    }
    await untilEven(hosts, evenMsMax);
    await transfer(stage, anna, ben, stage.choose(256, 48) * MIB);
    await pause(hangMs / 30);
    const { rttMs } = await ben.deviceStatus(anna);
    stage.figure({ label: 'measured round trip', value: toSeconds(rttMs ?? 0), unit: 's' });
    ensure((rttMs ?? 0) >= latencyMs * 0.9, `The round trip is said to be ${rttMs} ms.`);
    await settle(hosts, evenMsMax);
  },
};
