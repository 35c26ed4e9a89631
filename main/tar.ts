import { gzipSync } from 'node:zlib';
import { assert } from '../core/base/index.ts';

export interface TarItem {
  /** ASCII, at most 100 bytes, `/`-joined. */
  readonly name: string;
  readonly content: Uint8Array;
}

const blockBytes = 512;
const nameBytesMax = 100;

/** A gzip-compressed tar archive of plain files (POSIX.1-1988 ustar), readable by their owner only. */
export function tarGz(items: readonly TarItem[], modified: Date): Uint8Array {
  const parts = items.flatMap(({ name, content }) => [tarHeader(name, content.length, modified), content, padding(content.length)]);
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]));
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}

function tarHeader(name: string, size: number, modified: Date): Buffer {
  assert(/^[\x20-\x7e]+$/.test(name) && name.length <= nameBytesMax, `${name} is a name for an archive`);
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, length: number): void => {
    header.write(value.toString(8).padStart(length - 1, '0'), offset, 'ascii');
  };
  header.write(name, 0, 'ascii');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(modified.getTime() / 1000), 136, 12);
  // The checksum counts its own field as spaces; the type of a plain file is '0'.
  header.write('        0', 148, 'ascii');
  header.write('ustar\x0000', 257, 'ascii');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return header;
}
