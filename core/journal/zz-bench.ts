import { mkdtempSync } from 'node:fs';
import { openFolderJournal, createFolder, grantClaims, signStatements } from './index.ts';
import { PlainStore } from '../testing/journal/plain-store.ts';
import { SimCrypto, signerFromSeed } from '../testing/sim/sim-crypto.ts';
import { Prng } from '../testing/sim/prng.ts';
import { file, path, statOf } from '../testing/journal/journal-bed.ts';
import { emptyVector } from '../model/index.ts';
import { silentLogger } from '../ports/index.ts';
import { openSqliteStore } from '../adapters/node/sqlite-store.ts';
const prng = new Prng('x');
const crypto = new SimCrypto(prng);
const clock: any = { wallNow: () => 1, monoNow: () => 1 };
const N = Number(process.argv[2] ?? 100000);
const kind = process.argv[3] ?? 'plain';
const newStore = async (): Promise<any> => kind === 'plain' ? new PlainStore() : await openSqliteStoreAt();
async function openSqliteStoreAt() { const dir = mkdtempSync('/tmp/jb/'); const r: any = await openSqliteStore(dir + '/s.db'); return r.value; }
const a = signerFromSeed(prng.bytes(32)), b = signerFromSeed(prng.bytes(32));
const { folder, statements } = createFolder({ name: 'f', deviceName: 'a', crypto, signer: a, random: prng as any, clock });
const sa = await newStore(), sb = await newStore();
const ja = await openFolderJournal({ store: sa, crypto, signer: a, random: prng as any, clock, logger: silentLogger, folder });
const jb = await openFolderJournal({ store: sb, crypto, signer: b, random: prng as any, clock, logger: silentLogger, folder });
await ja.mergeStatements(statements); await jb.mergeStatements(statements);
const g = signStatements(ja.roster(), grantClaims(ja.roster(), b.device, 'b', 'writer', new Map()), { crypto, signer: a, clock });
await ja.mergeStatements(g); await jb.mergeStatements(g);
const t = (l: string, t0: number, n: number) => console.log(l, (performance.now() - t0).toFixed(0), 'ms', ((performance.now() - t0) / n * 1000).toFixed(1), 'ms/1000');
let t0 = performance.now(), dm = 0;
for (let i = 0; i < N; i += 1000) {
  const d = Array.from({ length: 1000 }, (_, k) => { const snap = file(`c${i + k}`); return { draft: { path: path(`dir${Math.floor((i + k) / 100)}/sub/file number ${i + k}.txt`), snap, vector: emptyVector, bump: true }, onDisk: { stat: statOf(snap) } }; });
  const t1 = performance.now(); await ja.announce(d); dm += performance.now() - t1;
}
console.log('announce', dm.toFixed(0), 'ms', (dm / N * 1000).toFixed(1), 'per 1000');
t0 = performance.now();
let mark: any; let worst = 0;
for (;;) { const items = await ja.batchesAfter(ja.own, jb.have().get(ja.own), 1e6); if (!items.length) break; for (const it of items) { const t1 = performance.now(); const r = await jb.mergeBatch(it.bytes); worst = Math.max(worst, performance.now() - t1); if (!r.ok) throw new Error(JSON.stringify(r)); } }
t('merge', t0, N); console.log('worst', worst.toFixed(0));
t0 = performance.now();
for (;;) { const rows = await jb.wanted({ limit: 1000 }); if (!rows.length) break; const st = await jb.pathStates(rows.map((r) => r.path)); await jb.recordHistory(st.map((s) => ({ kind: 'set', row: { path: s.path, entry: s.heads[0]!, stat: statOf(s.heads[0]!.snap) } })), [], { durable: false }); }
t('apply', t0, N);
t0 = performance.now(); await jb.applied(); t('applied', t0, N);
t0 = performance.now(); console.log(await ja.onlyHere([b.device])); t('onlyHere none', t0, N);
await ja.recordPeerApplied(b.device, await jb.applied());
t0 = performance.now(); console.log(await ja.onlyHere([b.device]), await ja.needsOf(b.device)); t('needs even', t0, N);
// edits of existing
t0 = performance.now();
const rows: any[] = []; for await (const r of ja.allHistory()) { rows.push(r); if (rows.length >= 1000) break; }
const es = rows.map((r) => { const snap = file('edit' + r.path); return { draft: { path: r.path, snap, vector: r.entry.vector, bump: true }, onDisk: { stat: statOf(snap) } }; });
t0 = performance.now(); await ja.announce(es); t('edit 1000', t0, 1000);
const [it] = await ja.batchesAfter(ja.own, jb.have().get(ja.own), 1e6);
t0 = performance.now(); await jb.mergeBatch(it!.bytes); t('merge edit 1000', t0, 1000);
t0 = performance.now(); for (let i = 0; i < 100; i++) { const r = rows[i]; const cur = (await ja.pathState(r.path)).history!; const snap = file('again' + i); await ja.announce([{ draft: { path: r.path, snap, vector: cur.entry.vector, bump: true }, onDisk: { stat: statOf(snap) } }]); } t('100 single edits', t0, 100);
console.log('rss', (process.memoryUsage().rss / 1e6).toFixed(0));
t0 = performance.now(); let n = 0; for await (const _ of jb.allHistory()) n++; t('allHistory ' + n, t0, N);
await sa.close?.(); await sb.close?.();
process.exit(0);
