import { bytesFromHex, hexFromBytes, present } from '../base/index.ts';
import type { BlockRef } from './block.ts';
import type { BlockName } from './ids.ts';
import { limits } from './limits.ts';

const nameBytes = 32;
const packedBytes = nameBytes + 4;

/** Block references as bytes: 32 bytes of name and a big-endian 32-bit size each. The form of pages and of inline lists. */
export function packBlocks(blocks: readonly BlockRef[]): Uint8Array {
  const packed = new Uint8Array(blocks.length * packedBytes);
  const view = new DataView(packed.buffer);
  blocks.forEach((block, index) => {
    packed.set(present(bytesFromHex(block.name), 'hexadecimal block name'), index * packedBytes);
    view.setUint32(index * packedBytes + nameBytes, block.size);
  });
  return packed;
}

/** The references in `packed`, or undefined where its length does not fit or a size is 0 or over `limits.blockBytesMax`. */
export function unpackBlocks(packed: Uint8Array): BlockRef[] | undefined {
  if (packed.length % packedBytes !== 0) return undefined;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: BlockRef[] = [];
  for (let offset = 0; offset < packed.length; offset += packedBytes) {
    const size = view.getUint32(offset + nameBytes);
    if (size === 0 || size > limits.blockBytesMax) return undefined;
    blocks.push({ name: hexFromBytes(packed.subarray(offset, offset + nameBytes)) as BlockName, size });
  }
  return blocks;
}

/**
 * Splits a long list into pages whose borders follow the content, so that a changed block changes one page and not all that
 * follow: a page ends after a block whose name ends in two zero digits (256 blocks on average), or at
 * `limits.blocksPerPageMax`. The root page is the packed list of the pages' own names and sizes (BLK-4).
 */
export function pagesOfBlocks(blocks: readonly BlockRef[]): BlockRef[][] {
  const pages: BlockRef[][] = [];
  let page: BlockRef[] = [];
  for (const block of blocks) {
    page.push(block);
    if (block.name.endsWith('00') || page.length === limits.blocksPerPageMax) {
      pages.push(page);
      page = [];
    }
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
