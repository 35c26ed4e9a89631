import { describe, expect, test } from 'vitest';
import { BufferPool, copyBySet, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId, Epoch, FolderId } from '../model/index.ts';
import type { CallError, CallOptions, PeerCalls } from '../ports/index.ts';
import type { PeerReply, PeerVerb } from '../protocol/index.ts';
import { BlockRequest } from './block-request.ts';

const anna = 'Anna' as DeviceId;
const blocks: BlockRef[] = [
  { name: 'a'.repeat(64) as BlockName, size: 4 },
  { name: 'b'.repeat(64) as BlockName, size: 6 },
];

/** A request whose peer does what `script` says with the call's options. */
function run(script: (options: CallOptions, request: BlockRequest) => Result<unknown, CallError>): {
  readonly told: string[];
  readonly outcome: Promise<string>;
} {
  const told: string[] = [];
  const request = new BlockRequest(
    { id: 1, device: anna, blocks },
    {
      folder: 'f' as FolderId,
      memory: new BufferPool(0, copyBySet),
      onPiece: (_, name, bytes) => told.push(`piece ${name[0]} ${bytes}`),
      onBlock: (_, block, bytes) => told.push(`block ${block.name[0]} ${bytes.join('')}`),
      onViolation: (_, block) => told.push(`violation ${block.name[0]}`),
      onDenied: (_, name, word) => told.push(`${word} ${name[0]}`),
    },
  );
  const calls: PeerCalls = {
    device: anna,
    epoch: 1 as Epoch,
    call: async <V extends PeerVerb>(_verb: V, _request: unknown, options: CallOptions = {}) =>
      script(options, request) as Result<PeerReply<V>, CallError>,
    onGone: () => () => undefined,
  };
  return { told, outcome: request.run(calls) };
}

describe('BlockRequest', () => {
  test('FET-1 pieces become blocks, and what the reply denies is told by its word', async () => {
    const { told, outcome } = run(({ onPiece }) => {
      onPiece?.({ index: 0, offset: 0 }, [Uint8Array.of(1, 2)]);
      onPiece?.({ index: 0, offset: 2 }, [Uint8Array.of(3, 4)]);
      return ok({ gone: [1], missing: [] });
    });
    expect(await outcome).toBe('done');
    expect(told).toEqual(['piece a 2', 'piece a 2', 'block a 1234', 'gone b']);
  });

  test.each([
    ['leaves a gap', { index: 0, offset: 1 }, 2],
    ['is too long', { index: 0, offset: 0 }, 5],
    ['is empty', { index: 0, offset: 0 }, 0],
  ])('RPC-5 a piece that %s spoils its block alone', async (_, piece, length) => {
    const { told, outcome } = run(({ onPiece }) => {
      onPiece?.(piece, [new Uint8Array(length)]);
      onPiece?.({ index: 0, offset: 0 }, [Uint8Array.of(1, 2, 3, 4)]);
      onPiece?.({ index: 1, offset: 0 }, [Uint8Array.of(1, 2, 3, 4, 5, 6)]);
      return ok({ gone: [], missing: [] });
    });
    await outcome;
    expect(told).toEqual(['violation a', 'piece b 6', 'block b 123456']);
  });

  test('RPC-2 a repeated call starts its pieces over', async () => {
    const { told, outcome } = run(({ onPiece }) => {
      onPiece?.({ index: 0, offset: 0 }, [Uint8Array.of(1, 2)]);
      onPiece?.({ index: 0, offset: 0 }, [Uint8Array.of(1, 2)]);
      onPiece?.({ index: 0, offset: 2 }, [Uint8Array.of(3, 4)]);
      return ok({ gone: [], missing: [] });
    });
    await outcome;
    expect(told.at(-1)).toBe('block a 1234');
  });

  test('RPC-3 a request of which nothing is needed any more is called off, and late pieces are dropped', async () => {
    const { told, outcome } = run((options, request) => {
      request.cancel(blocks[0]!.name);
      expect(options.signal?.aborted).toBe(false);
      request.cancel(blocks[1]!.name);
      expect(options.signal?.aborted).toBe(true);
      options.onPiece?.({ index: 0, offset: 0 }, [Uint8Array.of(1, 2, 3, 4)]);
      return { ok: false, error: { kind: 'cancelled' } };
    });
    expect(await outcome).toBe('cancelled');
    expect(told).toEqual([]);
  });

  test.each([
    [{ kind: 'busy' }, 'busy'],
    [{ kind: 'timeout' }, 'failed'],
    [{ kind: 'peer-gone', device: anna }, 'cancelled'],
    [{ kind: 'refused', error: { kind: 'busy', text: '' } }, 'busy'],
    [{ kind: 'refused', error: { kind: 'internal', text: '' } }, 'failed'],
  ] as const)('FET-7 a call that ends with %j counts as %s', async (error, expected) => {
    expect(await run(() => ({ ok: false, error })).outcome).toBe(expected);
  });
});
