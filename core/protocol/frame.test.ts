import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Frame } from './frame.ts';
import { encodeFrame, FrameReader, joinChunks } from './frame.ts';

const frame = fc.record({ header: fc.uint8Array({ maxLength: 40 }), payload: fc.uint8Array({ maxLength: 300 }) });

function prefix(headerBytes: number, payloadBytes: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, headerBytes);
  new DataView(bytes.buffer).setUint32(4, payloadBytes);
  return bytes;
}

test('RPC-5 frames are the same however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(20), { minLength: 1 }), (frames, cuts) => {
      const stream = concatBytes(frames.flatMap(({ header, payload }) => [...encodeFrame(header, payload)]));
      const reader = new FrameReader();
      const read: Frame[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = Math.max(cuts[i % cuts.length] ?? 1, i % cuts.length === 0 ? 1 : 0);
        const pushed = reader.push(stream.subarray(at, at + length));
        expect(pushed.ok).toBe(true);
        if (pushed.ok) read.push(...pushed.value);
        at += length;
      }
      expect(read.map(({ header, payload }) => [[...header], [...joinChunks(payload)]])).toEqual(
        frames.map(({ header, payload }) => [[...header], [...payload]]),
      );
      expect(reader.pendingBytes).toBe(0);
    }),
  );
});

test('RPC-5 an oversize frame is refused at its prefix, before anything is kept for it', () => {
  for (const [header, payload] of [
    [limits.frameHeaderBytesMax + 1, 0],
    [0, limits.frameBytesMax + 1],
    [limits.frameHeaderBytesMax, limits.frameBytesMax],
    [0xffff_ffff, 0xffff_ffff],
  ] as const) {
    const reader = new FrameReader();
    const bytes = prefix(header, payload);
    expect(reader.push(bytes.subarray(0, 7))).toEqual({ ok: true, value: [] });
    expect(reader.push(bytes.subarray(7))).toMatchObject({ ok: false, error: { kind: 'malformed' } });
  }
  const reader = new FrameReader();
  expect(reader.push(prefix(0, limits.frameBytesMax))).toEqual({ ok: true, value: [] });
  expect(reader.pendingBytes).toBe(8);
});

test('RPC-5 a stream of single bytes costs neither an object nor a copy of all for each', () => {
  const payload = Uint8Array.from({ length: 300_000 }, (_, i) => i & 0xff);
  const stream = concatBytes([...encodeFrame(Uint8Array.of(1), payload)]);
  const reader = new FrameReader();
  let read: readonly Frame[] = [];
  for (const byte of stream) {
    const pushed = reader.push(Uint8Array.of(byte));
    if (pushed.ok) read = [...read, ...pushed.value];
  }
  expect(read).toHaveLength(1);
  expect(joinChunks(read[0]?.payload ?? [])).toEqual(payload);
});
