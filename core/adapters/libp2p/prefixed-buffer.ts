/** Noise puts the length of a message, two bytes big-endian, before it. */
const prefixBytes = 2;

const buffersWithRoom = new WeakSet<Uint8Array>();

/** `length` bytes with unused room for a prefix before them. Their content is arbitrary. */
export function allocateWithPrefixRoom(length: number): Uint8Array {
  // Not from Node's pool: a waiting message would keep the pool's whole block alive.
  const buffer = Buffer.allocUnsafeSlow(prefixBytes + length).subarray(prefixBytes);
  buffersWithRoom.add(buffer);
  return buffer;
}

/** `prefix` followed by `body` as one buffer, without a copy; undefined where `body` has no room before it. */
export function prefixed(prefix: Uint8Array, body: Uint8Array | undefined): Uint8Array | undefined {
  if (!body || prefix.length !== prefixBytes || !buffersWithRoom.has(body)) return undefined;
  const whole = Buffer.from(body.buffer, body.byteOffset - prefixBytes, prefixBytes + body.length);
  whole.set(prefix);
  return whole;
}
