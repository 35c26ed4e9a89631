/**
 * The rate of one stream between two processes on loopback, from memory to nowhere: of libp2p as it is (`plain`), or of a channel of the
 * transport that Dormouse makes of it (`channel`), which is the ceiling for everything above that.
 *
 *   node build/bench/raw-stream.ts [--stack plain|channel] [--mib 1024] [--piece-kib 256] [--crypto sodium|library] [--json]
 *
 * Runs in Electron's main process too, by way of `electron-stream.ts`: the sender then is another Electron. Prints MiB/s from the first byte to the last, and the CPU seconds of sender and receiver.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sodiumNoiseCrypto } from '../../core/adapters/libp2p/index.ts';
import { KIB, MIB } from '../../core/base/index.ts';
import type { ByteStream, StreamStack } from './byte-stream.ts';
import { channelStack } from './channel-stream.ts';
import { plainStack } from './plain-stream.ts';
import { splitCommand } from './split-command.ts';

/** libp2p as it is, or a channel of the transport that Dormouse makes of it. */
export type StreamStackId = 'plain' | 'channel';

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

const { program, args } = splitCommand(process.argv);
const { values } = parseArgs({
  args,
  options: {
    stack: { type: 'string', default: 'plain' },
    mib: { type: 'string', default: '1024' },
    'piece-kib': { type: 'string', default: '256' },
    crypto: { type: 'string', default: 'sodium' },
    json: { type: 'boolean', default: false },
    'send-to': { type: 'string' },
  },
});
const totalBytes = Number(values.mib) * MIB;

const stack = await chosenStack();

if (values['send-to'] === undefined) await receive();
else await send(JSON.parse(values['send-to']));

/** What the sender tells the receiver's process at its end. */
interface SenderLine {
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly eventLoopDelayP99Ms: number;
}

/** This process listens, starts the sender as another one, and reports. */
async function receive(): Promise<void> {
  const listening = await stack.listen();
  const senderProcess = spawn(process.execPath, [...program, ...args, '--send-to', JSON.stringify(listening.target)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = new Promise<never>((_resolve, reject) => {
    senderProcess.once('exit', (code) => code !== 0 && reject(new Error('the sender failed')));
  });
  const senderLine = once(createInterface(senderProcess.stdout), 'line');
  const receiver = await Promise.race([listening.stream.then(drain), failed]);
  const [text] = (await senderLine) as [string];
  await listening.stop();

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

async function drain(stream: ByteStream): Promise<Drained> {
  const loop = watchOwnLoop();
  let bytes = 0;
  let startedAt = 0;
  let cpuBefore = process.cpuUsage();
  for (;;) {
    const chunk = await stream.read();
    if (!chunk) break;
    if (bytes === 0) {
      startedAt = performance.now();
      cpuBefore = process.cpuUsage();
      loop.reset();
    }
    bytes += chunk.byteLength;
  }
  if (bytes !== totalBytes) throw new Error(`${bytes} of ${totalBytes} bytes arrived`);
  const taken = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: cpuSeconds(cpuBefore),
    eventLoopDelayP99Ms: delayP99Ms(loop),
  };
  await stream.closeWrite();
  return taken;
}

async function send(target: unknown): Promise<void> {
  const dialled = await stack.dial(target);
  const { stream } = dialled;
  const piece = new Uint8Array(Number(values['piece-kib']) * KIB).fill(7);
  const cpuBefore = process.cpuUsage();
  const loop = watchOwnLoop();
  for (let sent = 0; sent < totalBytes; sent += piece.length) {
    if (!(await stream.write(piece.subarray(0, totalBytes - sent)))) throw new Error('the stream ended');
  }
  await stream.closeWrite();
  // The receiver ends its side when it has everything.
  await stream.read();
  const line: SenderLine = { cpuSeconds: cpuSeconds(cpuBefore), peakRssBytes: peakRssBytes(), eventLoopDelayP99Ms: delayP99Ms(loop) };
  console.log(JSON.stringify(line));
  await dialled.stop();
}

async function chosenStack(): Promise<StreamStack> {
  const crypto = values.crypto === 'sodium' ? await sodiumNoiseCrypto() : undefined;
  return values.stack === 'channel' ? channelStack(crypto) : plainStack(crypto);
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
