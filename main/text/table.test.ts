import { describe, expect, test } from 'vitest';
import { choosePaint, colourPaint, noPaint } from './paint.ts';
import { safeLines, safeText } from './safe-text.ts';
import { displayWidth, formatTable, truncateToWidth } from './table.ts';

describe('tables', () => {
  test('columns are aligned by what a terminal shows, not by characters', () => {
    const rows = [
      ['日本', colourPaint.good('ok'), '1'],
      ['cafe\u0301', 'scanning', '20'],
    ];
    const lines = formatTable(rows, { head: ['NAME', 'STATE', 'N'], right: [2] }).split('\n');
    expect(lines.map(displayWidth)).toEqual([18, 18, 18]);
    expect(lines[0]).toBe('NAME  STATE      N');
  });

  test('no line ends in spaces', () => {
    expect(
      formatTable([
        ['a', ''],
        ['bbb', 'c'],
      ]),
    ).toBe('a\nbbb  c');
  });

  test('what is too long is cut at its end and says so', () => {
    expect(truncateToWidth('abcdef', 4)).toBe('abc…');
    expect(truncateToWidth('日本語', 4)).toBe('日…');
    expect(truncateToWidth('abc', 3)).toBe('abc');
  });
});

describe('text of strangers', () => {
  test('control and direction characters are shown, not obeyed', () => {
    expect(safeText('a\u001b[31mb\r\n\u202ec')).toBe('a\\x1b[31mb\\x0d\\x0a\\u202ec');
    expect(safeText('\ud800x')).toBe('\\ud800x');
  });

  test('ordinary text of any language stays as it is', () => {
    expect(safeText("Ünïcødé 日本 😀 Anna's")).toBe("Ünïcødé 日本 😀 Anna's");
  });

  test('our own line breaks may stay', () => expect(safeLines('a\nb\tc')).toBe('a\nb\\x09c'));
});

describe('colours', () => {
  test.each([
    ['on a terminal', true, {}, colourPaint],
    ['not in a pipe', false, {}, noPaint],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, noPaint],
    ['an empty NO_COLOR counts as none', true, { NO_COLOR: '' }, colourPaint],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, noPaint],
  ])('%s', (_title, isTerminal, env, paint) => expect(choosePaint(isTerminal, env)).toBe(paint));
});
