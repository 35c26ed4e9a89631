import { describe, expect, test } from 'vitest';
import { type ApiEvent, type EventKind, eventKinds } from '../../core/api/index.ts';
import { formatEvent } from './event-text.ts';
import { noPaint } from './paint.ts';

const names = { devices: new Map([['12D3KooWnas', 'nas\u001b[2J']]), folders: new Map([['ab'.repeat(32), 'docs']]) };
const context = { names, paint: noPaint, timeZone: 'UTC' };
const line = (event: Partial<ApiEvent>): string =>
  formatEvent({ sequence: 1, at: '2026-11-20T12:00:05Z', kind: 'even', level: 'info', ...event }, context);
const device = '12D3KooWnas';

describe('events in words', () => {
  test.each<[Partial<ApiEvent>, string]>([
    [{ kind: 'resumed', fields: { cause: 'clock', sleptMs: 20_000 } }, '12:00:05  this device woke after 20 s'],
    [
      { kind: 'references-cleared', device, fields: { cause: 'wake', count: 4, afterMs: 20 } },
      '12:00:05  nas\\x1b[2J: 4 references to the old link cleared at once',
    ],
    [
      {
        kind: 'link-live',
        device,
        fields: {
          ...{ cause: 'wake', afterMs: 412, epoch: 2, incarnation: 'ab', address: '/ip4/192.0.2.7/tcp/4001' },
          ...{ path: 'lan', outbound: true },
        },
      },
      '12:00:05  nas\\x1b[2J: link live 0.4 s after the wake at /ip4/192.0.2.7/tcp/4001',
    ],
    [
      { kind: 'link-ended', device, fields: { why: 'peer-asleep', epoch: 1, livedMs: 60_000, callsLost: 0, lateDropped: 0 } },
      '12:00:05  nas\\x1b[2J: link ended: the other device goes to sleep, after 1 min awake',
    ],
    [
      { kind: 'recovery-phase', device, folder: 'ab'.repeat(32), fields: { phase: 'data' } },
      '12:00:05  nas\\x1b[2J: docs: catching up: data',
    ],
    [{ kind: 'data-even', device: '12D3KooWunknown1', fields: { cause: 'first-link', afterMs: 0 } }, '12:00:05  nknown1: everything even'],
    [
      { kind: 'recovery-interrupted', device, fields: { cause: 'wake', phase: 'metadata' } },
      '12:00:05  nas\\x1b[2J: catching up was interrupted in metadata',
    ],
    [
      {
        kind: 'folder-state',
        folder: 'ab'.repeat(32),
        fields: { state: 'up-to-date', wants: false, fetches: false, onlyHere: true, reads: false, sends: true },
      },
      '12:00:05  docs: up to date, something is only here, files are sent',
    ],
    [{ kind: 'published', path: 'a\nb.txt', fields: { bytes: 2048 } }, '12:00:05  a\\x0ab.txt (2.0 KiB)'],
    [
      { kind: 'from-a-newer-version', path: 'x', fields: { count: 2, words: ['a'] } },
      '12:00:05  from a newer version, x, count 2, words ["a"]',
    ],
    [{ kind: 'resumed', fields: { cause: 'clock' } }, '12:00:05  resumed, cause "clock"'],
  ])('%j', (event, text) => expect(line(event)).toBe(text));

  test('every kind that has no fields has a sentence', () => {
    const bare = (Object.keys(eventKinds) as EventKind[]).filter((kind) => eventKinds[kind].safeParse({}).success);
    expect(bare.length).toBeGreaterThan(10);
    for (const kind of bare) expect(line({ kind }), kind).toMatch(/^12:00:05 {2}\w.*\w/);
  });
});
