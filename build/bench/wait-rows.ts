import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MIB, SECOND_MS } from '../../core/base/index.ts';
import type { Arrival } from './arrival-watch.ts';
import { BenchFailure, type Contender, type Stage } from './contender.ts';
import type { WaitMeasurement, WaitSample } from './results.ts';
import { wakeFacts, type WaitRowId, type WakeFacts } from './rows.ts';
import { flushDisks } from './trial.ts';
import { type LabDevice, untilAtRest, WaitLab } from './wait-lab.ts';
import { firstDifference, writeNoise } from './workloads.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';

const wantedFile = 'wanted.bin';
const wantedBytes = MIB;
const lookMs = 20;
const visibleMsMax = 10 * 60_000;
/** Part of the file that has come when a source is frozen. */
const frozenAt = 1 / 3;
/** Pairs that sleep at the same time wake so far apart that none is in another's way. */
const staggerMs = 4 * SECOND_MS;
const outOfStepMsMax = 2 * SECOND_MS;

/** What is measured may be there, or the patience for it ended before. */
type Reached = readonly [at: number | undefined, cutOffAt: number];

/** Measures one row about waiting on devices made for it. */
export async function measureWaitRow(row: WaitRowId, contender: Contender, stage: Stage): Promise<WaitMeasurement> {
  const lab = new WaitLab(contender.id, stage);
  const patienceMs = (contender.patienceSeconds ?? stage.patienceSeconds) * SECOND_MS;
  try {
    if (row === 'frozen-source') return { samples: await measureFrozenSource(lab, stage, patienceMs) };
    return { samples: await measureWakes(lab, stage, wakeFacts[row], patienceMs) };
  } catch (error) {
    throw new BenchFailure(`${error instanceof Error ? error.message : String(error)}\n${await lab.logTail()}`);
  } finally {
    await lab.stop().catch(() => undefined);
  }
}

/** Two devices have a large file, a third one fetches it, and the one that has sent more of it stops answering although its connection stays. */
async function measureFrozenSource(lab: WaitLab, { scale }: Stage, patienceMs: number): Promise<WaitSample[]> {
  const names = ['author', 'holder', 'reader'];
  const [author, holder, reader] = (await lab.mesh(names)) as [LabDevice, LabDevice, LabDevice];
  const bytes = scale.sharedFileBytes;
  await reader.agent.stop();
  writeNoise(join(author.folder, wantedFile), bytes);
  await holder.body.watch(join(holder.folder, wantedFile), bytes);
  await author.agent.announce();
  await untilVisible(holder, visibleMsMax);
  await untilAtRest([author, holder]);
  flushDisks();

  const sources = [author, holder];
  const sentBefore = await Promise.all(sources.map(({ body }) => body.sentBytes()));
  await reader.body.watch(join(reader.folder, wantedFile), bytes);
  await reader.agent.restart();
  await waitFor(
    'a third of the file has come',
    visibleMsMax,
    async () => ((await reader.body.arrival()).receivedBytes >= bytes * frozenAt ? true : undefined),
    lookMs,
  );
  const sent = await Promise.all(sources.map(async ({ body }, index) => (await body.sentBytes()) - (sentBefore[index] ?? 0)));
  for (const source of sources) {
    if (!(await reader.agent.isLinkedTo(source.name))) throw new BenchFailure(`the reader is not linked to the ${source.name}`);
  }
  // The one that the download leans on: the loss of the other might not be felt.
  const [frozen, left] = (sent[0] ?? 0) >= (sent[1] ?? 0) ? [author, holder] : [holder, author];
  await frozen.body.freeze();
  await reader.body.watch(join(reader.folder, wantedFile), bytes);
  const arrival = await untilVisible(reader, patienceMs);
  const nowMs = Date.now();
  if (arrival.visibleAtMs !== undefined) checkContent(left, reader);
  const openGapMs = arrival.visibleAtMs === undefined ? nowMs - arrival.lastProgressAtMs : 0;
  return [
    { figure: 'gap', seconds: Math.max(arrival.longestGapMs, openGapMs) / SECOND_MS, cutOff: openGapMs > arrival.longestGapMs },
    sample('complete', arrival.beganAtMs, [arrival.visibleAtMs, nowMs]),
  ];
}

/** Pairs of devices of which one sleeps while a file is made on the other; all at the same time, as sleeping costs nothing. */
async function measureWakes(lab: WaitLab, { scale }: Stage, facts: WakeFacts, patienceMs: number): Promise<WaitSample[]> {
  const pairs: [LabDevice, LabDevice][] = [];
  for (let index = 1; index <= scale.sleepers; index++) {
    pairs.push((await lab.mesh([`awake-${index}`, `sleeper-${index}`])) as [LabDevice, LabDevice]);
  }
  flushDisks();
  const samples = await Promise.all(
    pairs.map(async ([awake, sleeper], index) => {
      await pause(index * staggerMs);
      return measureWake(awake, sleeper, facts, patienceMs);
    }),
  );
  return samples.flat();
}

async function measureWake(awake: LabDevice, sleeper: LabDevice, facts: WakeFacts, patienceMs: number): Promise<WaitSample[]> {
  await sleeper.agent.watchLink(awake.name);
  sleeper.port.cut();
  await sleeper.body.freeze();
  if (facts.networkLateSeconds > 0) await sleeper.body.networkOff();

  await pause((facts.sleepSeconds * SECOND_MS) / 2);
  writeNoise(join(awake.folder, wantedFile), wantedBytes);
  void awake.agent.announce().catch(() => undefined);
  await pause((facts.sleepSeconds * SECOND_MS) / 2);

  const file = join(sleeper.folder, wantedFile);
  if (facts.networkLateSeconds > 0) {
    await sleeper.body.thaw();
    // Not in step with anything that the program does every so often since it woke.
    await pause(facts.networkLateSeconds * SECOND_MS + Math.random() * outOfStepMsMax);
    sleeper.port.restore();
    await sleeper.body.watch(file, wantedBytes);
    await sleeper.body.networkOn();
  } else {
    sleeper.port.restore();
    await sleeper.body.watch(file, wantedBytes);
    await sleeper.body.thaw();
  }
  const { beganAtMs, firstAtMs, visibleAtMs } = await untilVisible(sleeper, patienceMs);
  const nowMs = Date.now();
  if (visibleAtMs !== undefined) checkContent(awake, sleeper);
  const toldMs = await sleeper.agent.linkedAt(beganAtMs);
  // A link that outlived the sleep is not told of: what came through it shows that it lives.
  const liveMs = Math.min(toldMs ?? Infinity, firstAtMs ?? Infinity);
  return [
    sample('live', beganAtMs, [liveMs === Infinity ? undefined : liveMs, nowMs]),
    sample('first-byte', beganAtMs, [firstAtMs, nowMs]),
    sample('even', beganAtMs, [visibleAtMs, nowMs]),
  ];
}

function sample(figure: WaitSample['figure'], fromMs: number, [atMs, cutOffMs]: Reached): WaitSample {
  return { figure, seconds: ((atMs ?? cutOffMs) - fromMs) / SECOND_MS, cutOff: atMs === undefined };
}

/** Waits until the watched file is visible, at most so long, and gives what was seen either way. */
async function untilVisible(device: LabDevice, withinMs: number): Promise<Arrival> {
  const endsAtMs = Date.now() + withinMs;
  for (;;) {
    const arrival = await device.body.arrival();
    if (arrival.visibleAtMs !== undefined || Date.now() >= endsAtMs) return arrival;
    await pause(lookMs);
  }
}

function checkContent(writer: LabDevice, reader: LabDevice): void {
  const difference = firstDifference(writer.folder, reader.folder);
  if (difference !== undefined) throw new BenchFailure(`visible, but wrong: ${difference}`);
}
