import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '../../../core/base/index.ts';
import { waitFor } from '../../../main/testing/daemon-process.ts';
import { writeRandomFile } from '../../demo/material.ts';
import { ensure, hangMs, pause, three, toSeconds, untilSize, writeLarge, writeText } from '../parts.ts';
import type { Scenario } from '../scenario.ts';
import { settle, untilEven } from '../settle.ts';

const evenMsMax = 3 * 60_000;
const fileBytes = 40 * MIB;

export const fullDisk: Scenario = {
  name: 'full-disk',
  proves: 'a laptop whose disk is full says so, holds nobody up, and goes on by itself once there is space',
  rules: ['FLD-9', 'STA-1', 'REC-3'],
  run: async (stage) => {
    const hosts = three(await stage.hosts(['anna', 'ben', 'cleo'], { diskBytes: { cleo: 64 * MIB } }));
    const [anna, ben, cleo] = hosts;
    writeText(anna, 'to be removed.txt', 'of no use\n');
    await untilEven(hosts, evenMsMax);
    // Something else of that laptop takes most of its disk.
    const ballast = join(cleo.disk, 'ballast');
    writeRandomFile(ballast, 48 * MIB);
    writeLarge(anna, 'large.bin', fileBytes);
    const beganAtMs = Date.now();
    await untilSize(ben, 'large.bin', fileBytes, evenMsMax);
    stage.figure({ label: 'until the other laptop has the file', value: toSeconds(Date.now() - beganAtMs), unit: 's' });
    const why = await waitFor('the laptop says that its disk is full', hangMs, async () => {
      const folder = await cleo.folderStatus();
      return folder.why.find((text) => /disk/i.test(text));
    });
    stage.say(`it says: ${why}`);
    const { upToDate, wanted } = await cleo.folderStatus();
    ensure(!upToDate && wanted.files === 1, `It claims to be ${upToDate ? 'up to date' : 'not'}, and wants ${wanted.files} files.`);
    // What needs no space goes on.
    rmSync(join(anna.folder, 'to be removed.txt'));
    await waitFor('a removal reaches the full disk', hangMs, async () =>
      existsSync(join(cleo.folder, 'to be removed.txt')) ? undefined : true,
    );
    await pause(stage.choose(30_000, 3_000));
    ensure(!existsSync(join(cleo.folder, 'large.bin')), 'The file is there although it does not fit.');

    const freedAtMs = Date.now();
    rmSync(ballast);
    await untilSize(cleo, 'large.bin', fileBytes, evenMsMax);
    stage.figure({ label: 'from space to the file', value: toSeconds(Date.now() - freedAtMs), unit: 's' });
    await settle(hosts, evenMsMax);
  },
};
