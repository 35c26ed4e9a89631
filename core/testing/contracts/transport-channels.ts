import { expect, test } from 'vitest';
import { KIB, MIB, bytesEqual, present } from '../../base/index.ts';
import type { Channel } from '../../ports/index.ts';
import { connect, openChannel, readBytes, readToEnd, withTransports } from './transport-support.ts';
import type { TransportsUnderTest, WatchedLink } from './transport-support.ts';
import { patternBytes, until } from './support.ts';
import type { Patience } from './support.ts';

/** Most bytes that a transport may take for a channel that nobody reads. */
const unreadBytesMax = 16 * MIB;

/** Bytes through channels. */
export function channelTests(make: (hosts: number) => Promise<TransportsUnderTest>): void {
  const linked = (body: (near: WatchedLink, far: WatchedLink, patience: Patience) => Promise<void>): Promise<void> =>
    withTransports(make, 2, async (started) => {
      const { near, far } = await connect(started, present(started.hosts[0], 'host'), present(started.hosts[1], 'host'));
      await body(near, far, started);
    });

  test('transport: channels are opened from both sides and carry bytes in both directions', () =>
    linked(async (near, far, patience) => {
      const byNear = await openChannel(patience, near, far, '/dormouse/test/near');
      const byFar = await openChannel(patience, far, near, '/dormouse/test/far');
      expect([byNear.near.protocol, byNear.far.protocol]).toEqual(['/dormouse/test/near', '/dormouse/test/near']);
      expect([byFar.near.protocol, byFar.far.protocol]).toEqual(['/dormouse/test/far', '/dormouse/test/far']);
      for (const { near: one, far: other } of [byNear, byFar]) {
        expect(await one.write(patternBytes(1000, 1))).toBe(true);
        expect(await other.write(patternBytes(1000, 2))).toBe(true);
        expect(await readBytes(other, 1000)).toEqual(patternBytes(1000, 1));
        expect(await readBytes(one, 1000)).toEqual(patternBytes(1000, 2));
      }
    }));

  test('transport: many channels do not mix', () =>
    linked(async (near, far, patience) => {
      const channels = [];
      for (let i = 0; i < 12; i++) channels.push(await openChannel(patience, i % 2 ? near : far, i % 2 ? far : near));
      const sent = channels.map((_, i) => patternBytes(100 * KIB + i, i + 1));
      await Promise.all(channels.map(({ near: writer }, i) => sendAll(writer, present(sent[i], 'content'), 7000)));
      const received = await Promise.all(channels.map(({ far: reader }) => readToEnd(reader)));
      for (const [i, bytes] of received.entries()) expect(bytesEqual(bytes, present(sent[i], 'content')), `channel ${i}`).toBe(true);
    }));

  test('transport: memory may be written to again as soon as its write has resolved, whatever other channels send', () =>
    linked(async (near, far, patience) => {
      const channels = [];
      for (let i = 0; i < 4; i++) channels.push(await openChannel(patience, near, far));
      const [rounds, size] = [60, 150 * KIB];
      const writing = channels.map(async ({ near: writer }, i) => {
        const memory = new Uint8Array(size);
        for (let round = 0; round < rounds; round++) {
          memory.fill(i * rounds + round);
          expect(await writer.write(memory)).toBe(true);
          memory.fill(255);
        }
        await writer.closeWrite();
      });
      const received = await Promise.all(channels.map(({ far: reader }) => readToEnd(reader)));
      await Promise.all(writing);
      for (const [i, bytes] of received.entries()) {
        expect(bytes.length).toBe(rounds * size);
        const isRight = bytes.every((byte, at) => byte === i * rounds + Math.floor(at / size));
        expect(isRight, `channel ${i}`).toBe(true);
      }
    }));

  test('transport: what is written in two parts arrives in one order, whatever their sizes, and the memory of both is free again', () =>
    linked(async (near, far, patience) => {
      const { near: writer, far: reader } = await openChannel(patience, near, far);
      const sizes = [0, 1, 30, 64 * KIB - 30, 64 * KIB - 29, 64 * KIB - 28, 64 * KIB, 150 * KIB];
      const pairs = sizes.flatMap((first) => sizes.map((second) => [first, second] as const));
      const content = patternBytes(
        pairs.flat().reduce((sum, size) => sum + size, 0),
        5,
      );
      const memory = [new Uint8Array(150 * KIB), new Uint8Array(150 * KIB)] as const;
      const writing = (async () => {
        let at = 0;
        for (const [first, second] of pairs) {
          memory[0].set(content.subarray(at, at + first));
          memory[1].set(content.subarray(at + first, at + first + second));
          expect(await writer.write(memory[0].subarray(0, first), memory[1].subarray(0, second))).toBe(true);
          for (const each of memory) each.fill(255);
          at += first + second;
        }
        await writer.closeWrite();
      })();
      expect(bytesEqual(await readToEnd(reader), content)).toBe(true);
      await writing;
    }));

  test('transport: 8 MiB arrive complete and in order, in writes of any size', () =>
    linked(async (near, far, patience) => {
      const { near: writer, far: reader } = await openChannel(patience, near, far);
      const content = patternBytes(8 * MIB, 3);
      const writing = (async () => {
        const sizes = [1, 13, 4 * KIB, 64 * KIB, 300 * KIB, MIB];
        for (let at = 0, turn = 0; at < content.length; turn++) {
          const size = present(sizes[turn % sizes.length], 'size');
          expect(await writer.write(content.slice(at, at + size))).toBe(true);
          at += size;
        }
        await writer.closeWrite();
      })();
      const received = await readToEnd(reader);
      await writing;
      expect(received.length).toBe(content.length);
      expect(bytesEqual(received, content)).toBe(true);
      expect(writer.queuedBytes()).toBe(0);
    }));

  test('transport: an empty write sends nothing, and no empty chunk is read', () =>
    linked(async (near, far, patience) => {
      const { near: writer, far: reader } = await openChannel(patience, near, far);
      expect(await writer.write(new Uint8Array(0))).toBe(true);
      expect(await writer.write(Uint8Array.of(5))).toBe(true);
      expect(await reader.read()).toEqual(Uint8Array.of(5));
    }));

  test('FET-8 an unread channel stops its writer at a bounded number of bytes, while other channels of the link go on', () =>
    linked(async (near, far, patience) => {
      const stuck = await openChannel(patience, near, far);
      const free = await openChannel(patience, near, far);
      const total = 2 * unreadBytesMax;
      let accepted = 0;
      const writing = (async () => {
        while (accepted < total && (await stuck.near.write(patternBytes(64 * KIB, 1)))) accepted += 64 * KIB;
        await stuck.near.closeWrite();
      })();
      await untilStill(patience, () => accepted);
      expect(accepted).toBeLessThanOrEqual(unreadBytesMax);
      expect(stuck.near.queuedBytes()).toBeLessThanOrEqual(unreadBytesMax);
      const content = patternBytes(2 * MIB, 9);
      const sending = sendAll(free.near, content, 64 * KIB);
      expect(bytesEqual(await readToEnd(free.far), content)).toBe(true);
      await sending;
      expect((await readToEnd(stuck.far)).length).toBe(total);
      await writing;
      expect(accepted).toBe(total);
    }));

  test('transport: closeWrite ends one direction after all that was written, and leaves the other open', () =>
    linked(async (near, far, patience) => {
      const { near: one, far: other } = await openChannel(patience, near, far);
      const content = patternBytes(300 * KIB);
      void one.write(content.slice());
      const closing = one.closeWrite();
      expect(bytesEqual(await readToEnd(other), content)).toBe(true);
      await closing;
      expect(await one.write(Uint8Array.of(1))).toBe(false);
      expect(await other.read()).toBeUndefined();
      expect(await other.write(Uint8Array.of(1, 2))).toBe(true);
      expect(await one.read()).toEqual(Uint8Array.of(1, 2));
      await other.closeWrite();
      expect(await one.read()).toBeUndefined();
    }));

  test('RPC-3 an aborted channel ends on both sides at once, and nothing else does', () =>
    linked(async (near, far, patience) => {
      const doomed = await openChannel(patience, near, far);
      const other = await openChannel(patience, near, far);
      expect(await doomed.near.write(Uint8Array.of(1))).toBe(true);
      expect(await doomed.far.read()).toEqual(Uint8Array.of(1));
      const reads = [doomed.near.read(), doomed.far.read()];
      doomed.near.abort();
      doomed.near.abort();
      expect(await Promise.all(reads)).toEqual([undefined, undefined]);
      expect(await doomed.near.write(Uint8Array.of(2))).toBe(false);
      await untilRefused(patience, doomed.far);
      expect(await other.near.write(Uint8Array.of(3))).toBe(true);
      expect(await other.far.read()).toEqual(Uint8Array.of(3));
      expect([...near.ends, ...far.ends]).toEqual([]);
    }));

  test('RPC-3 an abort settles a write that waits for room', () =>
    linked(async (near, far, patience) => {
      const { near: writer } = await openChannel(patience, near, far);
      const writing = (async () => {
        while (await writer.write(new Uint8Array(256 * KIB)));
        return 'refused';
      })();
      await patience.pause(500);
      writer.abort();
      expect(await writing).toBe('refused');
    }));
}

async function sendAll(channel: Channel, content: Uint8Array, pieceBytes: number): Promise<void> {
  for (let at = 0; at < content.length; at += pieceBytes) expect(await channel.write(content.slice(at, at + pieceBytes))).toBe(true);
  await channel.closeWrite();
}

/** Waits until `value` has not changed for half a second. */
async function untilStill(patience: Patience, value: () => number): Promise<void> {
  for (let before = -1; before !== value();) {
    before = value();
    await patience.pause(500);
  }
}

/** The other side's abort travels; writes are refused once it is there. */
async function untilRefused(patience: Patience, channel: Channel): Promise<void> {
  await until(patience, async () => !(await channel.write(Uint8Array.of(0))), 'writes are refused');
}
