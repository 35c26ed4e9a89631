import { describe, expect, test } from 'vitest';
import { formatUnit, quoteForUnit, serviceName } from './systemd-unit.ts';

describe('systemd units', () => {
  test.each([
    ['/usr/bin/node', '/usr/bin/node'],
    ['/home/me/my folder', '"/home/me/my folder"'],
    ['100%', '100%%'],
    ['a"b\\c$d', '"a\\"b\\\\c$$d"'],
  ])('%j is written %j', (word, written) => expect(quoteForUnit(word)).toBe(written));

  test('each home has a unit of its own', () => {
    expect(serviceName('/a', '/a')).toBe('dormouse.service');
    expect(serviceName('/b', '/a')).toMatch(/^dormouse-[0-9a-f]{8}\.service$/);
  });

  test('names the program by its whole path and is enabled with the session', () => {
    const unit = formatUnit({ command: ['/n', '/cli.js', 'daemon', '--home', '/h'] });
    expect(unit).toContain('\nExecStart=/n /cli.js daemon --home /h\nRestart=on-failure\n');
    expect(unit.endsWith('[Install]\nWantedBy=default.target\n')).toBe(true);
  });
});
