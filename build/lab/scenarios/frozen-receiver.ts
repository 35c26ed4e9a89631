import { MIB } from '../../../core/base/index.ts';
import { limits } from '../../../core/model/index.ts';
import { ensure, hangMs, pause, three, toMib, toSeconds, untilText, writeLarge, writeText } from '../parts.ts';
import { ProgressWatch } from '../progress.ts';
import type { Scenario } from '../scenario.ts';
import { settle } from '../settle.ts';

const evenMsMax = 10 * 60_000;
const cableBytesPerSecond = 16 * MIB;

export const frozenReceiver: Scenario = {
  name: 'frozen-receiver',
  proves: 'a receiver that hangs holds nobody up, and goes on where it was',
  rules: ['REC-3', 'RPC-3', 'BLK-3'],
  run: async (stage) => {
    const bytes = stage.choose(512, 96) * MIB;
    const [anna, ben, cleo] = three(await stage.hosts(['anna', 'ben', 'cleo']));
    for (const host of [anna, ben, cleo]) host.cable.thin(cableBytesPerSecond);
    const receivedBefore = cleo.cable.bytes().received;
    writeLarge(anna, 'large.bin', bytes);

    const atCleo = new ProgressWatch(cleo);
    await atCleo.until('a quarter of the file', hangMs, (holding) => holding.bytes > bytes / 4);
    cleo.freeze();
    stage.say('one receiver is frozen');
    const atBen = new ProgressWatch(ben);
    await atBen.until('all of the file', hangMs, (holding) => holding.bytes >= bytes && holding.wantedFiles === 0);
    stage.figure({ label: 'longest gap of the other receiver', value: toSeconds(atBen.longestGapMs), unit: 's', target: 2 });
    const writtenAtMs = Date.now();
    writeText(anna, 'note.txt', 'written while one hangs\n');
    const seenAtMs = await untilText(ben, 'note.txt', 'written while one hangs\n', hangMs);
    stage.figure({ label: 'a small edit to the other receiver', value: toSeconds(seenAtMs - writtenAtMs), unit: 's' });
    await pause(stage.choose(60_000, 5_000));

    const thawedAtMs = performance.now();
    cleo.thaw();
    const done = await new ProgressWatch(cleo).until(
      'all of the file',
      hangMs,
      (holding) => holding.bytes >= bytes && holding.wantedFiles === 0,
    );
    stage.figure({ label: 'from thawing to the whole file', value: toSeconds(done.atMs - thawedAtMs), unit: 's' });
    const beyond = cleo.cable.bytes().received - receivedBefore - bytes;
    stage.figure({ label: 'received beyond the file', value: toMib(beyond), unit: 'MiB' });
    // What was on its way when the links were given up is lost: a full window of each of two sources. Then hedges and headers, at 1/20 each.
    const lossMax = 2 * limits.blocksInFlightPerPeerBytesMax + bytes / 10;
    ensure(beyond < lossMax, `${toMib(beyond).toFixed(0)} MiB came more than the file has, so blocks were fetched twice.`);
    await settle([anna, ben, cleo], evenMsMax);
  },
};
