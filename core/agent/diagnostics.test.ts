import { describe, expect, test } from 'vitest';
import { SimWorld } from '../testing/sim/index.ts';
import { nameHider } from './diagnostics.ts';

const { crypto } = new SimWorld('diagnostics').addHost({ name: 'laptop' }).ports;

describe('names in diagnostics', () => {
  const hide = nameHider(['Anna', 'Anna’s ThinkPad', '/home/anna', 'a', 'docs (old)', ''], crypto);

  test('INC-2 hides names as members and as quoted in texts, the same one in the same way', () => {
    const hidden = hide({
      folders: [
        { name: 'docs (old)', path: '/home/anna', state: 'alone', why: ['last even with Anna’s ThinkPad 2 h ago; see docs (old).'] },
      ],
      events: [{ kind: 'published', path: 'letters/to Bert.txt', fields: { path: 'lan', text: 'The folder /home/anna is gone.' } }],
    });
    const text = JSON.stringify(hidden);
    for (const name of ['Anna', 'ThinkPad', '/home', 'docs', 'Bert', 'letters']) expect(text).not.toContain(name);
    const name = (hidden as { folders: { name: string }[] }).folders[0]?.name ?? '';
    expect(name).toMatch(/^name-[0-9a-f]{8}$/);
    expect(text.split(name)).toHaveLength(3);
  });

  test('INC-2 leaves everything else as it is, also where a name is a single letter', () => {
    const value = {
      state: 'alone',
      bytes: 3,
      rate: null,
      device: '12D3KooWa',
      path: 'lan',
      at: '2026-11-20T12:00:00Z',
      list: ['metadata', true],
    };
    expect(hide(value)).toEqual(value);
  });
});
