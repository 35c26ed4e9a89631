import { expect, test } from 'vitest';
import { present } from '../../base/index.ts';
import { connect, openChannel, testProtocol, withTransports } from './transport-support.ts';
import type { TransportsUnderTest, WatchedLink } from './transport-support.ts';
import { until } from './support.ts';

/** The life and the end of a link. */
export function linkTests(make: (hosts: number) => Promise<TransportsUnderTest>): void {
  const linked = (body: (near: WatchedLink, far: WatchedLink, patience: Parameters<typeof until>[0]) => Promise<void>): Promise<void> =>
    withTransports(make, 2, async (started) => {
      const { near, far } = await connect(started, present(started.hosts[0], 'host'), present(started.hosts[1], 'host'));
      await body(near, far, started);
    });

  for (const side of ['the dialer', 'the dialled'] as const) {
    test(`SES-2 a link aborted by ${side} ends on both sides, once each, with all its channels`, () =>
      linked(async (near, far, patience) => {
        const [aborting, other] = side === 'the dialer' ? [near, far] : [far, near];
        const one = await openChannel(patience, aborting, other);
        const two = await openChannel(patience, other, aborting);
        const reads = [one.near.read(), one.far.read(), two.near.read(), two.far.read()];
        aborting.link.abort();
        aborting.link.abort();
        await until(patience, () => aborting.ends.length === 1 && other.ends.length === 1, 'both sides end');
        expect(await Promise.all(reads)).toEqual([undefined, undefined, undefined, undefined]);
        for (const channel of [one.near, one.far, two.near, two.far]) expect(await channel.write(Uint8Array.of(1))).toBe(false);
        await patience.pause(200);
        expect(aborting.ends).toEqual(['aborted']);
        expect(other.ends).toHaveLength(1);
        expect(['reset', 'remote-closed', 'lost']).toContain(other.ends[0]);
      }));
  }

  test('SES-2 a channel cannot be opened on a link that is over', () =>
    linked(async (near, far, patience) => {
      near.link.abort();
      expect(await near.link.open(testProtocol)).toBeUndefined();
      await until(patience, () => far.ends.length === 1, 'the other side ends');
      expect(await far.link.open(testProtocol)).toBeUndefined();
    }));

  test('SES-2 whoever asks late is told of the end at once', () =>
    linked(async (near) => {
      near.link.abort();
      const told: string[] = [];
      near.link.onEnd((reason) => told.push(reason));
      expect(told).toEqual(['aborted']);
    }));

  test('transport: a channel is not opened for a caller that has given up', () =>
    linked(async (near, far, patience) => {
      expect(await near.link.open(testProtocol, AbortSignal.abort())).toBeUndefined();
      await openChannel(patience, near, far);
    }));

  test('transport: the end of a link settles writes that wait for room', () =>
    linked(async (near, far, patience) => {
      const { near: writer } = await openChannel(patience, near, far);
      let settled: boolean | undefined;
      const writing = (async () => {
        while (await writer.write(new Uint8Array(256 * 1024)));
        settled = false;
      })();
      await patience.pause(500);
      expect(settled).toBeUndefined();
      near.link.abort();
      await writing;
      expect(settled).toBe(false);
    }));
}
