import { describe, expect, test } from 'vitest';
import { parseBenchOptions } from './bench-options.ts';
import { parseInterfaceBytes } from './namespace.ts';
import { parseProcessStat, treeOf } from './process-meter.ts';
import { type RowId, sessionSteps } from './rows.ts';
import { readGeneratedConfig, syncthingConfig } from './syncthing-config.ts';
import { smallFilePaths } from './workloads.ts';

describe('options', () => {
  test('name rows and contenders', () => {
    const parsed = parseBenchOptions(['--only', 'edit, new-file', '--only-contender=rsync', '--runs=5', '--small']);
    expect(parsed).toMatchObject({ ok: true, value: { runs: 5, scale: 'small', json: false } });
    if (!parsed.ok || parsed.value === 'help') throw new Error('unreachable');
    expect([...parsed.value.rows]).toEqual(['edit', 'new-file']);
    expect([...parsed.value.contenders]).toEqual(['rsync']);
  });

  test.each([[['--only', 'nothing']], [['--runs', '0']], [['--runs', 'many']], [['--unknown']], [['stray']]])('%j is refused', (args) => {
    expect(parseBenchOptions(args).ok).toBe(false);
  });
});

describe('a session', () => {
  const rows = ['new-file', 'edit'] as const;
  test.each<[RowId[], { row: RowId; measured: boolean }[]]>([
    [
      ['new-file', 'edit'],
      [
        { row: 'new-file', measured: true },
        { row: 'edit', measured: true },
      ],
    ],
    [
      ['edit'],
      [
        { row: 'new-file', measured: false },
        { row: 'edit', measured: true },
      ],
    ],
    [['new-file'], [{ row: 'new-file', measured: true }]],
    [['many-files'], []],
  ])('for %j', (wanted, steps) => {
    expect(sessionSteps(rows, new Set(wanted))).toEqual(steps);
  });
});

describe('/proc', () => {
  const stat = (pid: number, name: string, parent: number): string =>
    `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 100 200 0 0 300 50 40 10 20 0 8 0 999 1000 50`;

  test('the stat of a process is read whatever its name is', () => {
    const expected = { pid: 42, parentPid: 7, cpuSeconds: 4, childCpuSeconds: 0.5 };
    expect(parseProcessStat(stat(42, 'node', 7))).toEqual(expected);
    expect(parseProcessStat(stat(42, 'a) S 1 (b c', 7))).toEqual(expected);
  });

  test('a tree has the children of children, and nobody else', () => {
    const processes = [stat(1, 'init', 0), stat(5, 'a', 1), stat(9, 'c', 7), stat(7, 'b', 5), stat(8, 'other', 1)].map(parseProcessStat);
    expect(treeOf(5, processes).map(({ pid }) => pid)).toEqual([5, 7, 9]);
    expect(treeOf(99, processes)).toEqual([]);
  });

  test('the bytes that an interface has sent and received', () => {
    const text = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0',
      'eth0:3000 10 0 0 0 0 0 0 4000 20 0 0 0 0 0 0',
    ].join('\n');
    expect(parseInterfaceBytes(text, 'lo')).toEqual({ received: 1000, sent: 2000 });
    expect(parseInterfaceBytes(text, 'eth0')).toEqual({ received: 3000, sent: 4000 });
    expect(parseInterfaceBytes(text, 'eth1')).toBeUndefined();
  });
});

describe('the configuration of Syncthing', () => {
  const id = (letter: string): string => Array.from({ length: 8 }, () => letter.repeat(7)).join('-');
  const node = (name: string, deviceId: string) => ({
    name,
    deviceId,
    apiPort: 1,
    syncAddress: '127.0.0.1:2',
    folder: `/tmp/a & "b"/${name}`,
  });

  test('what it generated is understood, and what we write has both devices and only what differs', () => {
    const generated = `<configuration version="36">\n  <device id="${id('A')}" name="vm" compression="metadata">`;
    expect(readGeneratedConfig(generated)).toEqual({ deviceId: id('A'), version: '36' });
    expect(readGeneratedConfig('<configuration>')).toBeUndefined();

    const xml = syncthingConfig('36', node('writer', id('A')), [node('reader', id('B'))], 'bench', 'secret');
    expect(xml).toContain('path="/tmp/a &amp; &quot;b&quot;/writer"');
    for (const device of ['A', 'B']) expect(xml.split(`<device id="${id(device)}"`)).toHaveLength(3);
    expect(xml).toContain('<relaysEnabled>false</relaysEnabled>');
  });
});

test('small files lie a hundred to a directory, under names of their own', () => {
  const paths = smallFilePaths(250);
  expect(new Set(paths).size).toBe(250);
  expect(paths.filter((path) => path.startsWith('directory-001'))).toHaveLength(100);
});
