// One session of one contender, in a process (and, where possible, a network) of its own: `bench.ts` starts it and hears of each row by message.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { argv } from 'node:process';
import { contenderById } from './contenders.ts';
import type { ContenderChoices } from './contender-choices.ts';
import { killOthersWithin, networkNamespaceOf } from './namespace.ts';
import type { ContenderId, RowOutcome } from './results.ts';
import type { DesktopRowId } from './desktop-row-ids.ts';
import { isDesktopRow, isWaitRow, type Scale, type SessionStep, type WaitRowId, type WorkRowId } from './rows.ts';
import { measureWaitRow } from './wait-rows.ts';
import { within } from '../../main/testing/daemon-process.ts';

/** What a worker is to do; its one argument, as JSON. */
export interface SessionOrder {
  readonly contender: ContenderId;
  readonly steps: readonly SessionStep[];
  readonly scale: Scale;
  /** An empty folder, in one that holds nothing but folders of this benchmark. */
  readonly folder: string;
  readonly choices: ContenderChoices;
  readonly isolated: boolean;
  readonly patienceSeconds: number;
}

/** What a worker says. The first message names its network namespace. */
export type WorkerMessage = { readonly kind: 'started'; readonly namespace: string | undefined } | RowOutcome;

const startMsMax = 3 * 60_000;
const stopMsMax = 30_000;

const order = JSON.parse(argv[2] ?? '') as SessionOrder;
const namespace = networkNamespaceOf('self');
process.on('disconnect', endAlone);
await say({ kind: 'started', namespace });
const rows = order.steps.map(({ row }) => row);
const waitRow = rows.find(isWaitRow);
const desktopRow = rows.find(isDesktopRow);
if (waitRow !== undefined) await runWaitRow(waitRow);
else if (desktopRow !== undefined) await runDesktopRow(desktopRow);
else await runSession();
process.removeAllListeners('disconnect');
process.exit();

/** A row about waiting is a session of its own. */
async function runWaitRow(row: WaitRowId): Promise<void> {
  try {
    const measurement = await measureWaitRow(row, contenderById(order.contender), order);
    await say({ kind: 'waits', row, outcome: { ok: true, measurement } });
  } catch (error) {
    await say({ kind: 'waits', row, outcome: { ok: false, text: describe(error), logTail: '' } });
  }
}

/** So is a row about the desktop program. Its driver is loaded only here. */
async function runDesktopRow(row: DesktopRowId): Promise<void> {
  try {
    const { measureDesktopRow } = await import('./desktop-measure.ts');
    const measurement = await measureDesktopRow(row, order);
    await say({ kind: 'gauges', row, outcome: { ok: true, measurement } });
  } catch (error) {
    await say({ kind: 'gauges', row, outcome: { ok: false, text: describe(error), logTail: '' } });
  }
}

/** After a row has failed the rest of the session is not tried: it would stand on sand. */
async function runSession(): Promise<void> {
  const contender = contenderById(order.contender);
  const { steps, ...stage } = order;
  let failure: { readonly text: string; readonly logTail: string } | undefined;
  const subject = await within(`The start of ${contender.title}`, startMsMax, contender.start(stage)).catch((error: unknown) => {
    failure = { text: describe(error), logTail: '' };
    return undefined;
  });
  for (const { row, measured } of steps as readonly SessionStep<WorkRowId>[]) {
    try {
      const measurement = failure === undefined ? await subject?.measure(row) : undefined;
      if (measurement !== undefined && measured) await say({ kind: 'work', row, outcome: { ok: true, measurement } });
    } catch (error) {
      failure = { text: describe(error), logTail: subject?.logTail() ?? '' };
    }
    if (failure !== undefined && measured) await say({ kind: 'work', row, outcome: { ok: false, ...failure } });
  }
  if (subject !== undefined) await within(`The end of ${contender.title}`, stopMsMax, subject.stop()).catch(() => undefined);
}

/** The program that ordered this is gone without a word, and nobody else would end the contender and remove its files. */
function endAlone(): void {
  if (order.isolated && namespace !== undefined) killOthersWithin(namespace);
  rmSync(dirname(order.folder), { recursive: true, force: true, maxRetries: 10 });
  process.kill(-process.pid, 'SIGKILL');
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Waits until the message is on its way: what is said right before the end must not be lost. */
async function say(message: WorkerMessage): Promise<void> {
  await new Promise<void>((resolve) => process.send?.(message, () => resolve()));
}
