import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { MIB, present } from '../../base/index.ts';
import type { BlockRef } from '../../model/index.ts';
import { copyBlocksSync } from './block-copier.ts';
import { BlockCutter, cutReadBytes, sha256Hex } from './block-cutter.ts';
import { errorCode } from './file-errors.ts';
import { abortedCode, abortedControl } from './hasher-messages.ts';
import type { CutRequest, HasherReply, HasherRequest } from './hasher-messages.ts';

/** One progress message per this much: some forty a second. */
const progressBytes = 16 * MIB;

const port = present(parentPort, 'parent port: this file runs in a worker');

port.on('message', (request: HasherRequest) => {
  try {
    answer(request);
  } catch (thrown) {
    reply({ kind: 'failed', id: request.id, code: errorCode(thrown) });
  }
});

function answer(request: HasherRequest): void {
  switch (request.kind) {
    case 'cut':
      return cut(request);
    case 'hash':
      return reply({ kind: 'hashed', id: request.id, name: sha256Hex(request.bytes) });
    case 'copy': {
      const flags = copyBlocksSync(request);
      if (flags) return reply({ kind: 'copied', id: request.id, flags }, [flags.buffer]);
      return reply({ kind: 'failed', id: request.id, code: abortedCode });
    }
  }
}

function reply(message: HasherReply, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function cut({ id, fd, control, cutClass, from, next, to }: CutRequest): void {
  const cutter = new BlockCutter(cutClass);
  const names: string[] = [];
  const sizes: number[] = [];
  let cutAt = from;
  const note = (blocks: readonly BlockRef[]): void => {
    for (const block of blocks) {
      if (cutAt >= to) return;
      names.push(block.name);
      sizes.push(block.size);
      cutAt += block.size;
    }
  };
  let offset = from;
  let told = from;
  for (let ended = false; !ended;) {
    if (Atomics.load(control, 0) === abortedControl) return reply({ kind: 'failed', id, code: abortedCode });
    const count = readSync(fd, cutter.space, 0, cutReadBytes, offset);
    note(count > 0 ? cutter.take(count) : cutter.finish());
    ended = count === 0 || cutAt >= to;
    offset += count;
    const toTell = Math.min(offset, next) - told;
    if (toTell >= progressBytes || (ended && toTell > 0)) {
      reply({ kind: 'progress', id, bytes: toTell });
      told += toTell;
    }
  }
  cutter.drop();
  const packed = Uint32Array.from(sizes);
  reply({ kind: 'cut', id, names: names.join(''), sizes: packed }, [packed.buffer]);
}
