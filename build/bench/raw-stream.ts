/**
 * The rate of one channel of the libp2p transport between two processes on loopback: the ceiling for everything above it.
 *
 *   node build/bench/raw-stream.ts [--mib 1024] [--piece-kib 256] [--crypto sodium|library] [--json]
 *
 * Runs in Electron's main process too, by way of `electron-stream.ts`: the sender then is another Electron. Prints MiB/s from the first byte to the last, and the CPU seconds of sender and receiver.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { generateKeyPairSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLibp2pTransport, sodiumNoiseCrypto } from '../../core/adapters/libp2p/index.ts';
import { deferred, KIB, MIB, present } from '../../core/base/index.ts';
import { deviceIdFromPublicKey, type DeviceId } from '../../core/model/index.ts';
import { silentLogger, type Channel, type Transport, type TransportOptions } from '../../core/ports/index.ts';
import { splitCommand } from './split-command.ts';

/** What `--json` prints. */
export interface RawStreamResult {
  readonly mib: number;
  readonly seconds: number;
  readonly mibPerSecond: number;
  readonly senderCpuSeconds: number;
  readonly receiverCpuSeconds: number;
  readonly senderPeakRssBytes: number;
  readonly receiverPeakRssBytes: number;
  /** The later of both event loops, 99th percentile of a timer of 10 ms, these included. */
  readonly eventLoopDelayP99Ms: number;
}

const protocol = '/dormouse/bench/1';
const { program, args } = splitCommand(process.argv);
const { values } = parseArgs({
  args,
  options: {
    mib: { type: 'string', default: '1024' },
    'piece-kib': { type: 'string', default: '256' },
    crypto: { type: 'string', default: 'sodium' },
    json: { type: 'boolean', default: false },
    'send-to': { type: 'string' },
  },
});
const totalBytes = Number(values.mib) * MIB;

if (values['send-to'] === undefined) await receive();
else await send(JSON.parse(values['send-to']) as Target);

interface Target {
  readonly device: DeviceId;
  readonly addresses: readonly string[];
}

/** What the sender tells the receiver's process at its end. */
interface SenderLine {
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly eventLoopDelayP99Ms: number;
}

/** This process listens, starts the sender as another one, and reports. */
async function receive(): Promise<void> {
  const arrived = deferred<Drained>();
  const { transport, device } = await startTransport({
    listen: ['/ip4/127.0.0.1/tcp/0'],
    onLink: (link) => link.onChannel((channel) => void drain(channel).then(arrived.resolve, arrived.reject)),
  });
  const target: Target = { device, addresses: transport.addresses() };
  const senderProcess = spawn(process.execPath, [...program, ...args, '--send-to', JSON.stringify(target)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  senderProcess.once('exit', (code) => code !== 0 && arrived.reject(new Error('the sender failed')));
  const senderLine = once(createInterface(senderProcess.stdout), 'line');
  const receiver = await arrived.promise;
  const [text] = (await senderLine) as [string];
  await transport.stop();

  const sender = JSON.parse(text) as SenderLine;
  const result: RawStreamResult = {
    mib: totalBytes / MIB,
    seconds: receiver.seconds,
    mibPerSecond: Math.round(totalBytes / MIB / receiver.seconds),
    senderCpuSeconds: sender.cpuSeconds,
    receiverCpuSeconds: receiver.cpuSeconds,
    senderPeakRssBytes: sender.peakRssBytes,
    receiverPeakRssBytes: peakRssBytes(),
    eventLoopDelayP99Ms: Math.max(sender.eventLoopDelayP99Ms, receiver.eventLoopDelayP99Ms),
  };
  if (values.json) console.log(JSON.stringify(result));
  else console.log(`${result.mibPerSecond} MiB/s, CPU seconds: sender ${result.senderCpuSeconds}, receiver ${result.receiverCpuSeconds}`);
}

interface Drained {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly eventLoopDelayP99Ms: number;
}

async function drain(channel: Channel): Promise<Drained> {
  const loop = watchOwnLoop();
  let bytes = 0;
  let startedAt = 0;
  let cpuBefore = process.cpuUsage();
  for (;;) {
    const chunk = await channel.read();
    if (!chunk) break;
    if (bytes === 0) {
      startedAt = performance.now();
      cpuBefore = process.cpuUsage();
      loop.reset();
    }
    bytes += chunk.length;
  }
  if (bytes !== totalBytes) throw new Error(`${bytes} of ${totalBytes} bytes arrived`);
  const taken = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: cpuSeconds(cpuBefore),
    eventLoopDelayP99Ms: delayP99Ms(loop),
  };
  await channel.closeWrite();
  return taken;
}

async function send({ device, addresses }: Target): Promise<void> {
  const { transport } = await startTransport({ listen: [] });
  const dialled = await transport.dial(device, addresses, { timeoutMs: 5000 });
  if (!dialled.ok) throw new Error(`dial: ${dialled.error.text}`);
  const channel = present(await dialled.value.open(protocol), 'channel');
  const piece = new Uint8Array(Number(values['piece-kib']) * KIB).fill(7);
  const cpuBefore = process.cpuUsage();
  const loop = watchOwnLoop();
  for (let sent = 0; sent < totalBytes; sent += piece.length) {
    if (!(await channel.write(piece.subarray(0, totalBytes - sent)))) throw new Error('the channel ended');
  }
  await channel.closeWrite();
  // The receiver ends its side when it has everything.
  await channel.read();
  const line: SenderLine = { cpuSeconds: cpuSeconds(cpuBefore), peakRssBytes: peakRssBytes(), eventLoopDelayP99Ms: delayP99Ms(loop) };
  console.log(JSON.stringify(line));
  await transport.stop();
}

async function startTransport(
  options: Pick<TransportOptions, 'listen'> & Partial<TransportOptions>,
): Promise<{ transport: Transport; device: DeviceId }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(present(privateKey.export({ format: 'jwk' }).d, 'seed'), 'base64url');
  const rawPublicKey = Buffer.from(present(publicKey.export({ format: 'jwk' }).x, 'public key'), 'base64url');
  const noiseCrypto = values.crypto === 'sodium' ? await sodiumNoiseCrypto() : 'library';
  const transport = createLibp2pTransport({ seed, logger: silentLogger, noiseCrypto });
  const ignore = (): void => undefined;
  const started = await transport.start({ discovery: false, admission: () => 'admit', onLink: ignore, onDiscovered: ignore, ...options });
  if (!started.ok) throw new Error(`listen: ${started.error.kind}`);
  return { transport, device: deviceIdFromPublicKey(rawPublicKey) };
}

function cpuSeconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 10_000) / 100;
}

function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * KIB;
}

function watchOwnLoop() {
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  return loop;
}

function delayP99Ms(loop: ReturnType<typeof watchOwnLoop>): number {
  const nanosecondsPerMs = 1e6;
  return loop.percentile(99) / nanosecondsPerMs;
}
