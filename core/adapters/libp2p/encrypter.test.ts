import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { KIB, MIB, concatBytes, present } from '../../base/index.ts';
import { joinWrites } from './encrypter.ts';
import { takeSealedMemory } from './sealed-memory.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function socketPair(): Promise<readonly [Socket, Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const near = connect(port, '127.0.0.1');
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  ends.push(() => (near.destroy(), far.destroy(), server.close()));
  return [near, far];
}

/** What of a TCP connection of libp2p counts here: it keeps to itself what the socket has not asked for. */
class TestConnection extends EventTarget {
  readonly socket: Socket;
  readonly #waiting: Uint8Array[] = [];

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('drain', () => {
      this.dispatchEvent(new Event('drain'));
      queueMicrotask(() => this.#pump());
    });
  }

  get writeBufferLength(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  send(data: Uint8Array | Iterable<Uint8Array>): boolean {
    this.#waiting.push(...(data instanceof Uint8Array ? [data] : data));
    return !this.socket.writableNeedDrain && this.#pump();
  }

  #pump(): boolean {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) if (!this.socket.write(next)) return false;
    return true;
  }
}

/** A sealed message whose bytes all are `mark`. */
function sealed(mark: number): readonly [Uint8Array, Uint8Array] {
  return [Uint8Array.of(mark, mark), takeSealedMemory(64 * KIB - 2).fill(mark)];
}

test('SEC-2 the memory of a message is used again, and never before the kernel has it', async () => {
  const [near, far] = await socketPair();
  const connection = joinWrites(new TestConnection(near) as never) as unknown as TestConnection;
  const first = sealed(1);
  connection.send(first);
  // The kernel took it at once.
  expect(sealed(2)[1].buffer === first[1].buffer).toBe(true);

  // Nobody reads: beyond what the kernel holds, messages wait in the socket and in the connection.
  const count = Math.ceil((32 * MIB) / (64 * KIB));
  const waiting = Array.from({ length: count }, (_, index) => {
    const message = sealed(index % 251);
    connection.send(message);
    return message[1].buffer;
  });
  expect(near.writableLength + connection.writeBufferLength).toBeGreaterThan(8 * MIB);
  const held = new Set(waiting.slice(-100));
  expect(held.size).toBe(100);
  expect(held.has(sealed(3)[1].buffer)).toBe(false);

  const parts: Uint8Array[] = [];
  const all = (count + 1) * 64 * KIB;
  let received = 0;
  far.on('data', (part: Buffer) => {
    parts.push(part);
    received += part.length;
    // Whatever is given back meanwhile is written over.
    takeSealedMemory(64 * KIB - 2).fill(255);
    if (received === all) far.emit('all');
  });
  far.resume();
  await once(far, 'all');
  const bytes = concatBytes(parts);
  const marks = Array.from({ length: count + 1 }, (_, index) => {
    const message = bytes.subarray(index * 64 * KIB, (index + 1) * 64 * KIB);
    return message.every((byte) => byte === message[0]) ? present(message[0], 'mark') : 'mixed';
  });
  expect(marks).toEqual([1, ...Array.from({ length: count }, (_, index) => index % 251)]);
});
