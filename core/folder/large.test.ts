import { expect, test } from 'vitest';
import { patternBytes } from '../testing/contracts/support.ts';
import { FolderBed, path } from '../testing/folder/folder-bed.ts';

test('FLD-1 a large file is read beside the scans: small changes do not wait, and the scan counts only with it', async () => {
  const bed = await FolderBed.create(['anna', 'ben']);
  const anna = bed.device(0);
  anna.write('large', patternBytes(70_000_000));
  anna.engine.markUnscanned();
  anna.host.diskSpeed = { operationMs: [2, 3], syncMs: [2, 3] };
  let isScanned = false;
  const scanned = anna.engine.scanNow().then(() => {
    isScanned = true;
  });
  await bed.pass(150);
  expect(anna.engine.state()).toMatchObject({ scanning: true, scanned: false });
  anna.write('small', 'small');
  await bed.pass(350);
  expect((await bed.run(anna.journal.pathState(path('small')))).heads).toHaveLength(1);
  expect((await bed.run(anna.journal.pathState(path('large')))).heads).toHaveLength(0);
  expect(isScanned).toBe(false);
  await bed.run(scanned);
  expect((await bed.run(anna.journal.pathState(path('large')))).heads).toHaveLength(1);
  expect(anna.engine.state()).toMatchObject({ scanned: true });
});
