import { describe, expect, test } from 'vitest';
import { isDialableAddress } from './addresses.ts';
import { itemByWord } from './words.ts';

const items = [
  { id: 'abcdefgh1', name: 'Notes' },
  { id: 'abcdefgh2', name: 'notes' },
  { id: 'zzzzzzzz3', name: 'Photos' },
];
const find = (word: string): unknown => {
  const found = itemByWord(items, word, (item) => ({ ...item, others: [`/home/${item.name}`] }), 'folder');
  return found.ok ? found.value.id : found.error.kind;
};

describe('words that people use', () => {
  test.each([
    ['Notes', 'abcdefgh1'],
    ['notes', 'abcdefgh2'],
    ['NOTES', 'ambiguous'],
    ['photos', 'zzzzzzzz3'],
    ['zzz3', 'not-found'],
    ['zzzz3', 'zzzzzzzz3'],
    ['abcdef', 'ambiguous'],
    ['/home/Photos', 'zzzzzzzz3'],
    ['films', 'not-found'],
  ])('"%s" names %s', (word, expected) => {
    expect(find(word)).toBe(expected);
  });

  test.each([
    ['/ip4/192.0.2.7/tcp/4001', true],
    ['/ip6/2001:db8::1/tcp/1', true],
    ['/dns4/laptop.example/tcp/65535', true],
    ['/ip4/192.0.2.7/tcp/70000', false],
    ['192.0.2.7:4001', false],
    ['/ip4/192.0.2.7/udp/4001', false],
  ])('address %s can be dialled: %s', (address, expected) => {
    expect(isDialableAddress(address)).toBe(expected);
  });
});
