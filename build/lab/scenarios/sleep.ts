import { MIB } from '../../../core/base/index.ts';
import type { LabHost } from '../lab-host.ts';
import { deliver, hangMs, pause, three, toSeconds, untilLive, untilReceived, untilResumed, writeLarge, writeText } from '../parts.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { settle, untilEven } from '../settle.ts';

const evenMsMax = 5 * 60_000;
const liveSeconds = 1;
const firstByteSeconds = 1.5;
const lateNetworkSeconds = 20;
/** More than all housekeeping of a link: it is data. */
const dataBytes = MIB;

/** Changes on the hosts that are awake. */
async function work(hosts: readonly LabHost[], files: number, largeBytes: number): Promise<void> {
  for (const host of hosts) {
    for (let number = 1; number <= files; number++) writeText(host, `${host.name} ${number}.txt`, `number ${number} of ${host.name}\n`);
  }
  const [first] = hosts;
  if (first !== undefined) writeLarge(first, 'large.bin', largeBytes);
  for (const host of hosts) await deliver(host, evenMsMax);
  await untilEven(hosts, evenMsMax);
}

/** Figures of a wake: until the first link is live, the first data is there, all is even. */
async function watchWake(stage: Stage, sleeper: LabHost, others: readonly LabHost[], fromMs: number, liveTarget: number): Promise<void> {
  const received = sleeper.cable.bytes().received;
  const [liveAtMs, dataAtMs] = await Promise.all([
    Promise.race(others.map(async (other) => untilLive(sleeper, other, fromMs, hangMs))),
    untilReceived(sleeper, received + dataBytes, hangMs),
  ]);
  stage.figure({ label: 'until the first link is live', value: toSeconds(liveAtMs - fromMs), unit: 's', target: liveTarget });
  stage.figure({
    label: 'until the first MiB',
    value: toSeconds(dataAtMs - fromMs),
    unit: 's',
    target: liveTarget + firstByteSeconds - liveSeconds,
  });
  await untilEven([sleeper, ...others], evenMsMax);
  stage.figure({ label: 'until all are even', value: toSeconds(Date.now() - fromMs), unit: 's' });
  await settle([sleeper, ...others], evenMsMax);
}

export const sleep: Scenario = {
  name: 'sleep',
  proves: 'after a sleep the link is live at once and what happened meanwhile arrives',
  rules: ['SES-6', 'SES-4', 'REC-1'],
  run: async (stage) => {
    const [anna, ben, cleo] = three(await stage.hosts(['anna', 'ben', 'cleo']));
    cleo.fallAsleep();
    const asleepAtMs = Date.now();
    await pause(5_000);
    await work([anna, ben], stage.choose(200, 50), stage.choose(64, 16) * MIB);
    const sleepMs = stage.choose(300_000, 25_000);
    stage.say(`one sleeps for ${toSeconds(sleepMs)} s`);
    await pause(Math.max(0, sleepMs - (Date.now() - asleepAtMs)));
    const awakeAtMs = Date.now();
    cleo.wake();
    const resumedAtMs = await untilResumed(cleo, awakeAtMs);
    stage.figure({ label: 'until it noticed that it slept', value: toSeconds(resumedAtMs - awakeAtMs), unit: 's' });
    await watchWake(stage, cleo, [anna, ben], awakeAtMs, liveSeconds);
  },
};

export const lateNetwork: Scenario = {
  name: 'late-network',
  proves: 'when the network comes 20 s after the wake, the link is live within 2 s of it',
  rules: ['SES-4', 'SES-6'],
  run: async (stage) => {
    const [anna, ben, cleo] = three(await stage.hosts(['anna', 'ben', 'cleo']));
    cleo.fallAsleep();
    cleo.cable.disconnect();
    await pause(stage.choose(30_000, 5_000));
    await work([anna, ben], stage.choose(200, 50), stage.choose(64, 16) * MIB);
    await pause(stage.choose(30_000, 1_000));
    cleo.wake();
    stage.say('awake, and the network is yet to come');
    await pause(lateNetworkSeconds * 1000);
    const networkAtMs = Date.now();
    cleo.cable.connect('home');
    await watchWake(stage, cleo, [anna, ben], networkAtMs, 2);
  },
};
