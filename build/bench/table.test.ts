import { expect, test } from 'vitest';
import { MIB } from '../../core/base/index.ts';
import type { BenchReport, Measurement } from './results.ts';
import { alignTable } from './align-table.ts';
import { formatReport } from './table.ts';

const side = { cpuSeconds: 1, peakRssBytes: 100 * MIB, peakRssSumBytes: 120 * MIB, processes: 2 };
const slow: Measurement = { seconds: 20, writeSeconds: 1, writer: side, reader: side, sentBytes: 1100 * MIB, otherCpuSeconds: 0.5 };
const fast: Measurement = {
  ...slow,
  seconds: 4,
  writer: { ...side, cpuSeconds: 0.5, processes: 1 },
  reader: { ...side, cpuSeconds: 0.5 },
  sentBytes: 550 * MIB,
};
const settings = { runs: 1, scale: 'full', isolated: true, isolation: 'each in a network of its own' };
const report: BenchReport = {
  schema: 2,
  startedAt: '',
  finishedAt: '',
  machine: {
    cpus: 2,
    cpuModel: 'Chip',
    memoryBytes: 8192 * MIB,
    system: 'Linux 6',
    fileSystem: 'ext4',
    node: 'v24',
    loadBefore: 0,
    loadAfter: 1,
  },
  settings,
  contenders: [
    { id: 'dormouse', title: 'Dormouse', inspection: { present: true, version: '1.0', settings: ['as by default'] } },
    { id: 'syncthing', title: 'Syncthing', inspection: { present: true, version: '2.0', settings: [] } },
    { id: 'rsync', title: 'rsync', inspection: { present: false, reason: 'It is not installed.' } },
  ],
  rows: [
    {
      id: 'new-file',
      title: 'One new file of 1024 MiB',
      rate: { unit: 'MiB/s', amount: 1024 },
      contenders: [
        { id: 'dormouse', runs: [{ ok: true, measurement: fast }], median: fast },
        { id: 'syncthing', runs: [{ ok: true, measurement: slow }], median: slow },
      ],
    },
  ],
  waits: [],
  gauges: [],
};

test('the report has the settings of the peers, the figures and how they compare', () => {
  const text = formatReport(report);
  expect(text).toContain('Dormouse 1.0\n    as by default\n');
  expect(text).toContain('rsync: left out. It is not installed.');
  expect(text).toMatch(/^ {2}Dormouse +4\.00 +256 MiB\/s +0\.5 +0\.5 +100 +100 \(120\) +550 +4\.00$/m);
  expect(text).toMatch(/^ {2}Syncthing +20\.0 +51 MiB\/s /m);
  expect(text).toContain('Dormouse to Syncthing: 5.00 × its rate, 0.50 × its CPU seconds, 0.50 × its bytes');
  expect(text).not.toContain('NOT ISOLATED');
});

test('bytes of a shared network are marked', () => {
  expect(formatReport({ ...report, settings: { ...settings, isolated: false } })).toContain('NOT ISOLATED');
});

test('a run that failed says why, and what all runs failed has no figures', () => {
  const runs = [{ ok: false, text: 'not arrived', logTail: '' }] as const;
  const rows = report.rows.map((row) => ({ ...row, contenders: [{ id: 'dormouse', runs, median: null } as const] }));
  const text = formatReport({ ...report, rows });
  expect(text).toMatch(/^ {2}Dormouse( +-){7} +failed$/m);
  expect(text).toContain('Dormouse, run 1 failed: not arrived');
});

test('a table is as wide as its widest cells, names to the left and figures to the right', () => {
  expect(
    alignTable([
      ['', 'figure'],
      ['name', '1'],
    ]),
  ).toEqual(['        figure', '  name       1']);
});
