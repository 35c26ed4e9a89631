import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** A bus of its own and, on it, a stand-in for logind that can announce sleeps; for tests of what listens to logind. */
export interface TestLogin1 {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`. */
  readonly address: string;
  /** Sends PrepareForSleep. `name` is the well-known name of who says so; only its owner is logind. */
  announce(isGoingToSleep: boolean): void;
  stop(): void;
}

/** `directory` takes the bus's socket. `name`: what the stand-in calls itself. */
export async function startLogin1(directory: string, name = 'org.freedesktop.login1'): Promise<TestLogin1> {
  const path = join(directory, 'bus');
  const daemon = spawn('dbus-daemon', ['--session', `--address=unix:path=${path}`, '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(createInterface({ input: daemon.stdout }), 'line');
  const service = await claimName(path, name);
  return { address: `unix:path=${path}`, announce: (value) => service.write(prepareForSleep(value)), stop: () => end(daemon, service) };
}

function end(daemon: ChildProcess, service: Socket): void {
  service.destroy();
  daemon.kill();
}

const bus = { path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus', destination: 'org.freedesktop.DBus' };

/** A connection to the bus at `path` that owns `name`. */
async function claimName(path: string, name: string): Promise<Socket> {
  const socket = connect(path);
  let heard = '';
  socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  const hear = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await once(socket, 'data');
  };
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  await hear('OK ');
  socket.write('BEGIN\r\n');
  socket.write(message(1, { ...bus, member: 'Hello' }));
  socket.write(message(1, { ...bus, member: 'RequestName' }, 'su', [text(name), uint32(0)]));
  await hear(`${name}\0`);
  return socket;
}

function prepareForSleep(isGoingToSleep: boolean): Buffer {
  const header = { path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager', member: 'PrepareForSleep' };
  return message(4, header, 'b', [uint32(isGoingToSleep ? 1 : 0)]);
}

interface Header {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly destination?: string;
}

let serial = 0;

/** A message of the D-Bus specification's wire format, little-endian: `type` 1 calls a method, 4 is a signal. */
function message(type: 1 | 4, header: Header, signature = '', body: readonly Buffer[] = []): Buffer {
  const content = joined(body, 4);
  const fields = [
    field(1, 'o', text(header.path)),
    field(2, 's', text(header.interface)),
    field(3, 's', text(header.member)),
    ...(header.destination === undefined ? [] : [field(6, 's', text(header.destination))]),
    ...(signature === '' ? [] : [field(8, 'g', shortText(signature))]),
  ];
  const array = joined(fields, 8);
  const fixed = Buffer.from([0x6c, type, 0, 1]);
  const head = Buffer.concat([fixed, uint32(content.length), uint32((serial += 1)), uint32(array.length), array]);
  return Buffer.concat([padded(head, 8), content]);
}

/** A header field: its code and a variant, whose value begins at a multiple of 4 where `signature` is that of a string. */
function field(code: number, signature: 'o' | 's' | 'g', value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code]), shortText(signature), value]);
}

function joined(parts: readonly Buffer[], alignment: number): Buffer {
  return parts.reduce((all, part) => Buffer.concat([padded(all, alignment), part]), Buffer.alloc(0));
}

function padded(bytes: Buffer, alignment: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

function text(value: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value), Buffer.alloc(1)]);
}

function shortText(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value), Buffer.alloc(1)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
