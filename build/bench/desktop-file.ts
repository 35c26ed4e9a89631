import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MIB, SECOND_MS } from '../../core/base/index.ts';
import { BenchFailure } from './contender.ts';
import { linkAgents, untilEven } from './desktop-agent.ts';
import { fileGauges, type GaugeValues } from './desktop-rows.ts';
import { type DesktopStage, type DrivenDesktop, showView } from './desktop-stage.ts';
import { measureElectronStream } from './electron-floor.ts';
import { readEventLoop, watchEventLoop } from './event-loop-gauge.ts';
import { readStat } from './process-meter.ts';
import type { RawStreamResult, StreamStackId } from './raw-stream.ts';
import { flushDisks, runTrial } from './trial.ts';
import { hasCeased, mostWithin, readChanges, updatesOf, watchChanges, watchForEndOf } from './window-updates.ts';
import { firstDifference } from './workloads.ts';

/** `up` ends by itself when even; this only bounds it. */
const upSeconds = 600;
/** What the window says as long as it sees nothing move. */
const stillWord = 'Nothing is moving';

/** One large file between two desktop programs whose windows show it, after a bare stream of as many bytes between two Electrons, and a channel of our transport alone. */
export async function measureDesktopFile(desktop: DesktopStage): Promise<GaugeValues> {
  const { folder, scale } = desktop.stage;
  const mib = scale.largeFileBytes / MIB;
  const streamOf = async (stack: StreamStackId): Promise<RawStreamResult> => {
    const streamFolder = join(folder, `stream-${stack}`);
    mkdirSync(streamFolder);
    return measureElectronStream(stack, streamFolder, mib, desktop.displayName);
  };
  const stream = await streamOf('plain');
  const channel = await streamOf('channel');

  const writer = await desktop.drive('writer');
  const reader = await desktop.drive('reader');
  const both = [writer, reader];
  await linkAgents(writer.agent, reader.agent);
  await untilEven(both.map(({ agent }) => agent));
  flushDisks();
  for (const { app, page } of both) {
    await showView(page, '#/activity');
    await watchChanges(page);
    await watchForEndOf(page, stillWord);
    await watchEventLoop(app);
  }
  const cpuBefore = both.map(cpuSecondsOf);
  const { seconds } = await runTrial('new-file', {
    writerFolder: writer.agent.folder,
    readerFolder: reader.agent.folder,
    scale,
    atClose: () => void writer.agent.call('up', { timeoutSeconds: upSeconds }).catch(() => undefined),
  });
  const delays = await Promise.all(both.map(({ app }) => readEventLoop(app)));
  const cpuSeconds = both.map((each, index) => cpuSecondsOf(each) - (cpuBefore[index] ?? 0));
  const changes = await Promise.all(both.map(({ page }) => readChanges(page)));
  const updates = changes.map((each) => mostWithin(updatesOf(each), SECOND_MS));
  for (const { agent, page } of both)
    if (!(await hasCeased(page))) throw new BenchFailure(`The window of the ${agent.name} never showed that anything moved.`);
  const difference = firstDifference(writer.agent.folder, reader.agent.folder);
  if (difference !== undefined) throw new BenchFailure(`visible, but wrong: ${difference}`);

  const [rate, streamRate] = [mib / seconds, mib / stream.seconds];
  return new Map([
    [fileGauges.rate, rate],
    [fileGauges.streamRate, streamRate],
    [fileGauges.share, (100 * rate) / streamRate],
    [fileGauges.channelRate, mib / channel.seconds],
    [fileGauges.writerDelay, delays[0]?.p99Ms ?? NaN],
    [fileGauges.readerDelay, delays[1]?.p99Ms ?? NaN],
    [fileGauges.streamDelay, stream.eventLoopDelayP99Ms],
    [fileGauges.updates, Math.max(...updates)],
    [fileGauges.writerCpu, cpuSeconds[0] ?? NaN],
    [fileGauges.readerCpu, cpuSeconds[1] ?? NaN],
    [fileGauges.streamCpu, stream.senderCpuSeconds + stream.receiverCpuSeconds],
  ]);
}

/** Of the program's main process, all its threads; 0 where the system does not tell. */
const cpuSecondsOf = ({ app }: DrivenDesktop): number => readStat(app.pid)?.cpuSeconds ?? 0;
