/**
 * The gear table: one 32-bit number per byte value, drawn once and for all, because it decides where every file of every device is
 * cut. Entry i is the finaliser of MurmurHash3 (Appleby, `fmix32`) over (i + 1) × 0x9e3779b9, the 32-bit golden ratio: numbers
 * that look random and that anyone can make again. A changed table would cut every file anew; a test pins it.
 */
export const gearTable: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => mix32(Math.imul(byte + 1, 0x9e3779b9)));

function mix32(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
