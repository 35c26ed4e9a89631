import { readSync, writeSync } from 'node:fs';
import type { BlockCopy } from '../../ports/index.ts';
import { sha256Hex } from './block-cutter.ts';
import { abortedControl, nameChars } from './hasher-messages.ts';
import type { CopyRequest } from './hasher-messages.ts';

/** The part of a {@link CopyRequest} that says what is to be copied. */
export function packCopies(copies: readonly BlockCopy[]): Pick<CopyRequest, 'names' | 'numbers'> {
  return {
    names: copies.map(({ name }) => name).join(''),
    numbers: Float64Array.from(copies.flatMap(({ size, from, to }) => [size, from, to.length, ...to])),
  };
}

/** Grows to the largest block seen and is kept by its thread: new memory for each block costs more than reading it. */
let memory = new Uint8Array(0);

/** Does what `request` says; per block 1 where it was copied, 0 where the source did not hold it. Undefined when aborted. Throws what writing throws. */
export function copyBlocksSync({ sourceFd, targetFd, names, numbers, control }: CopyRequest): Uint8Array<ArrayBuffer> | undefined {
  const flags = new Uint8Array(names.length / nameChars);
  let at = 0;
  for (let index = 0; index < flags.length; index++) {
    const [size = 0, from = 0, count = 0] = numbers.subarray(at, at + 3);
    const targets = numbers.subarray(at + 3, at + 3 + count);
    at += 3 + count;
    if (memory.length < size) memory = new Uint8Array(size);
    const bytes = memory.subarray(0, size);
    const isBlock = readWhole(sourceFd, bytes, from) && sha256Hex(bytes) === names.slice(index * nameChars, (index + 1) * nameChars);
    if (!isBlock) continue;
    for (const to of targets) {
      if (Atomics.load(control, 0) === abortedControl) return undefined;
      for (let done = 0; done < size;) done += writeSync(targetFd, bytes, done, size - done, to + done);
    }
    flags[index] = 1;
  }
  return flags;
}

/** False where the file ends before `bytes` are full, or cannot be read. */
function readWhole(fd: number, bytes: Uint8Array, offset: number): boolean {
  try {
    for (let done = 0; done < bytes.length;) {
      const count = readSync(fd, bytes, done, bytes.length - done, offset + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  } catch {
    return false;
  }
}
