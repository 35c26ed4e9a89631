import type { MessageStream } from '@libp2p/interface';
import { expect, test } from 'vitest';
import { LinkWriter } from './link-writer.ts';
import { settings } from './settings.ts';

/** What the writer looks at in a connection whose other side keeps up: it takes everything at once. */
class TakingConnection extends EventTarget {
  readonly status = 'open';
  readonly writableNeedsDrain = false;
  readonly writeBufferLength = 0;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a link that takes everything is given a bounded number of slices before the event loop has its turn', async () => {
  const writer = new LinkWriter(new TakingConnection() as unknown as MessageStream);
  const channels = 3;
  let sent = 0;
  // Each channel comes back with its next slice as soon as the last one went.
  const send = (): void => {
    sent += 1;
    if (sent < 4 * settings.slicesPerTurnMax) queueMicrotask(() => writer.enqueue(send.bind(undefined)));
  };
  for (let channel = 0; channel < channels; channel++) writer.enqueue(send.bind(undefined));
  expect(sent).toBe(channels);
  const after: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    after.push(sent);
  }
  for (const [turn, count] of after.entries()) expect(count).toBeLessThanOrEqual((turn + 2) * settings.slicesPerTurnMax);
  expect(after.at(-1)).toBeGreaterThan(2 * settings.slicesPerTurnMax);
  while (sent < 4 * settings.slicesPerTurnMax) await nextTurn();
});
