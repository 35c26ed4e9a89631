import { chmodSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeOddities } from '../../demo/material.ts';
import { ensure, pause, three, toSeconds, untilLive, untilText, writeText } from '../parts.ts';
import type { Scenario } from '../scenario.ts';
import { settle } from '../settle.ts';

const healMsMax = 3 * 60_000;
const evenMsMax = 5 * 60_000;

export const partition: Scenario = {
  name: 'partition',
  proves: 'edits on both sides of a silent partition meet again, and two of one file leave the same conflict copy everywhere',
  rules: ['FLD-3', 'SES-4', 'SES-5', 'STA-1'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo']));
    const [anna, ben, cleo] = hosts;
    makeOddities(join(anna.folder, 'odd'));
    writeText(anna, 'both.txt', 'before\n');
    await settle(hosts, evenMsMax);

    const cutAtMs = Date.now();
    anna.cable.drop('10.77.0.0/24');
    const work = 'written right after the cut, so that there is something to tell\n';
    writeText(anna, 'left.txt', work);
    const [lostAtAnna, lostAtBen] = await Promise.all(
      (
        [
          [anna, ben],
          [ben, anna],
        ] as const
      ).map(async ([host, other]) => {
        const gone = await host.event(
          `${other.name} is gone`,
          cutAtMs,
          ({ kind, device }) => kind === 'session-gone' && device === other.id,
        );
        return gone.atMs - cutAtMs;
      }),
    );
    stage.figure({ label: 'from the cut to noticing it, with work to tell', value: toSeconds(lostAtAnna ?? 0), unit: 's' });
    stage.figure({ label: 'from the cut to noticing it, idle', value: toSeconds(lostAtBen ?? 0), unit: 's' });

    writeText(anna, 'both.txt', 'what anna wrote\n');
    writeText(ben, 'both.txt', 'what ben wrote\n');
    rmSync(join(anna.folder, 'odd/empty'), { recursive: true });
    chmodSync(join(ben.folder, 'odd/old.txt'), 0o755);
    symlinkSync('both.txt', join(cleo.folder, 'link to both'));
    writeText(cleo, 'right.txt', 'of the other side\n');
    await untilText(ben, 'right.txt', 'of the other side\n', healMsMax);
    await anna.call('up', { timeoutSeconds: 1 });
    const alone = await anna.folderStatus();
    ensure(alone.state === 'alone' && !alone.upToDate, `The device that is cut off says it is ${alone.state}.`);
    ensure(alone.onlyHere.files >= 2, `The device that is cut off says that ${alone.onlyHere.files} files are only there.`);
    const leftMs = stage.choose(120_000, 20_000) - (Date.now() - cutAtMs);
    stage.say(`cut off for ${toSeconds(Math.max(0, leftMs)).toFixed(0)} s more`);
    await pause(Math.max(0, leftMs));

    const healedAtMs = Date.now();
    anna.cable.dropNothing();
    const liveAtMs = await Promise.race([untilLive(anna, ben, healedAtMs, healMsMax), untilLive(anna, cleo, healedAtMs, healMsMax)]);
    stage.figure({ label: 'from healing to the first link (nobody tells of it)', value: toSeconds(liveAtMs - healedAtMs), unit: 's' });
    const tree = await settle(hosts, evenMsMax);
    stage.figure({ label: 'from healing to even', value: toSeconds(Date.now() - healedAtMs), unit: 's' });

    const copies = [...tree.keys()].filter((path) => path.startsWith('both (conflict '));
    ensure(copies.length === 1, `Two edits of one file left ${copies.length} conflict copies.`);
    const texts = ['both.txt', ...copies].map((path) => readFileSync(join(cleo.folder, path), 'utf8')).sort();
    ensure(texts.join('') === 'what anna wrote\nwhat ben wrote\n', `The two versions are: ${JSON.stringify(texts)}.`);
    for (const host of hosts) {
      const { conflicts } = await host.folderStatus();
      ensure(conflicts === 1, `${host.name} counts ${conflicts} conflicts.`);
    }
    for (const path of ['left.txt', 'right.txt', 'link to both']) ensure(tree.has(path), `${path} is lost.`);
    ensure(!tree.has('odd/empty'), 'What was removed is there again.');
    ensure(tree.get('odd/old.txt')?.startsWith('executable') === true, 'The executable bit is lost.');
  },
};
