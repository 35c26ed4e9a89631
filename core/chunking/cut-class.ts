import { GIB, KIB, MIB } from '../base/index.ts';
import type { CutClass } from '../model/index.ts';
import { limits } from '../model/index.ts';

/** The sizes of one class in bytes. `average` is a power of two: the expected distance of cuts that content asks for. */
export interface CutSizes {
  readonly min: number;
  readonly average: number;
  readonly max: number;
}

/** BLK-1's sizes: large is four times normal. */
export const cutSizes: Readonly<Record<CutClass, CutSizes>> = {
  normal: { min: limits.blockBytesMin, average: 256 * KIB, max: MIB },
  large: { min: 256 * KIB, average: MIB, max: 4 * MIB },
};

/** A new file of this many bytes or more is cut large. */
export const largeClassBytesMin = 4 * GIB;

/** How far beyond the boundary of the classes a size must be before a known file changes its class. */
const keepFactor = 4;

/**
 * The class to cut a file of `size` bytes with (BLK-1). A file with a `previous` version keeps that one's class until its size is
 * a factor of 4 beyond the boundary, so that a file which hovers around it is not sent anew with every crossing: normal stays
 * normal below 16 GiB, large stays large from 1 GiB.
 */
export function chooseCutClass(size: number, previous?: { readonly cutClass: CutClass; readonly size: number }): CutClass {
  if (previous?.cutClass === 'normal') return size >= largeClassBytesMin * keepFactor ? 'large' : 'normal';
  if (previous?.cutClass === 'large') return size >= largeClassBytesMin / keepFactor ? 'large' : 'normal';
  return size >= largeClassBytesMin ? 'large' : 'normal';
}
