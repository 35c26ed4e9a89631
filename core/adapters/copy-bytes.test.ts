import { expect, test } from 'vitest';
import { patternBytes } from '../testing/contracts/index.ts';
import { copyBytes } from './copy-bytes.ts';

const memories: Record<string, (length: number) => Uint8Array> = {
  own: (length) => new Uint8Array(length),
  shared: (length) => new Uint8Array(new SharedArrayBuffer(length)),
  'a view of shared': (length) => new Uint8Array(new SharedArrayBuffer(length + 7), 3, length),
};

test.each(Object.keys(memories).flatMap((from) => Object.keys(memories).map((to) => [from, to] as const)))(
  'bytes are copied once and where they belong, from %s memory to %s memory',
  (from, to) => {
    const content = patternBytes(1000);
    const source = memories[from]?.(1000) ?? new Uint8Array();
    source.set(content);
    const target = memories[to]?.(3000) ?? new Uint8Array();
    copyBytes(target, source, 1500);
    const expected = new Uint8Array(3000);
    expected.set(content, 1500);
    expect(Buffer.from(target)).toEqual(Buffer.from(expected));
  },
);

test('nothing is copied beyond the end, and nothing of nothing', () => {
  const target = new Uint8Array(10);
  copyBytes(target, new Uint8Array(0), 10);
  expect(() => copyBytes(target, new Uint8Array(5).fill(1), 6)).toThrow(RangeError);
  expect(Buffer.from(target)).toEqual(Buffer.alloc(10));
});
