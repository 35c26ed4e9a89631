import { hangMs, ensure, pause, three, toSeconds, two, untilLive, untilText, writeText } from '../parts.ts';
import type { Scenario } from '../scenario.ts';
import { settle } from '../settle.ts';

const evenMsMax = 3 * 60_000;
const foundMsMax = 2 * 60_000;
/** The first of the host numbers that nobody had before. */
const freshNumber = 101;

export const newNetwork: Scenario = {
  name: 'new-network',
  proves: 'a laptop that wakes in another network dials out from there and is reached',
  rules: ['SES-6', 'SES-4'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const [anna, ben, cleo] = hosts;
    cleo.fallAsleep();
    cleo.cable.disconnect();
    await pause(stage.choose(60_000, 6_000));
    writeText(anna, 'note.txt', 'written while one travels\n');
    await untilText(ben, 'note.txt', 'written while one travels\n', hangMs);
    // The new network is there before the program runs again.
    cleo.cable.connect('other');
    const awakeAtMs = Date.now();
    cleo.wake();
    const liveAtMs = await untilLive(cleo, anna, awakeAtMs, foundMsMax);
    stage.figure({ label: 'until the link is live from another subnet', value: toSeconds(liveAtMs - awakeAtMs), unit: 's', target: 1 });
    const seenAtMs = await untilText(cleo, 'note.txt', 'written while one travels\n', hangMs);
    stage.figure({ label: 'until what was written meanwhile is there', value: toSeconds(seenAtMs - awakeAtMs), unit: 's' });
    await settle(hosts, evenMsMax);
    const { address } = await anna.deviceStatus(cleo);
    ensure(address?.includes(cleo.cable.address) === true, `The link comes from ${address}, not from ${cleo.cable.address}.`);
  },
};

export const foundAgain: Scenario = {
  name: 'found-again',
  proves: 'two laptops that both have new addresses find each other by multicast DNS',
  rules: ['SES-6'],
  run: async (stage) => {
    const hosts = two(await stage.hosts(['anna', 'ben'], { discovery: true }));
    const [anna, ben] = hosts;
    for (const host of hosts) host.fallAsleep();
    await pause(stage.choose(60_000, 6_000));
    for (const [index, host] of hosts.entries()) host.cable.connect('home', freshNumber + index);
    const awakeAtMs = Date.now();
    for (const host of hosts) host.wake();
    const liveAtMs = await untilLive(anna, ben, awakeAtMs, foundMsMax);
    stage.figure({ label: 'until the link is live, nobody where it was', value: toSeconds(liveAtMs - awakeAtMs), unit: 's' });

    stage.say('once more, awake all the time');
    const movedAtMs = Date.now();
    for (const [index, host] of hosts.entries()) host.cable.connect('home', freshNumber + 10 + index);
    const againAtMs = await untilLive(anna, ben, movedAtMs, foundMsMax);
    stage.figure({ label: 'the same without a sleep', value: toSeconds(againAtMs - movedAtMs), unit: 's' });
    writeText(anna, 'note.txt', 'from a new address\n');
    await settle(hosts, evenMsMax);
  },
};
