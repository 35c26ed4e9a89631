import { test } from 'vitest';
import { FolderBed } from '../testing/folder/folder-bed.ts';
test('debug', async () => {
  const bed = await FolderBed.create(['anna', 'ben'], { devices: [{}, { disk: { caseSensitive: false } }] });
  const [anna, ben] = [bed.device(0), bed.device(1)];
  const show = async (w: string) => {
    console.log(w, bed.describe());
    for (const d of bed.devices) for (const p of ['Notes.txt', 'notes.txt']) {
      const s = await bed.run(d.journal.pathState(p as never));
      console.log(d.host.name, p, s.heads.map((h) => h.snap.kind + ' ' + [...h.vector].map(([j, n]) => j.slice(46, 52) + ':' + n)), s.history?.entry.snap.kind);
    }
  };
  anna.write('Notes.txt', 'content');
  await bed.converge();
  anna.host.user.rename(anna.at('Notes.txt'), anna.at('notes.txt'));
  await bed.converge();
  await show('1');
  ben.host.user.rename(ben.at('notes.txt'), ben.at('Notes.txt'));
  for (let i = 0; i < 3; i++) {
    await bed.run(ben.engine.scanNow()); await show('scan');
    await bed.pass(1000); await show('passed'); }
});
