import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SECOND_MS } from '../../core/base/index.ts';
import { isolated, killLeftovers } from './namespace.ts';
import type { RowOutcome } from './results.ts';
import { isDesktopRow, isWaitRow, type RowId } from './rows.ts';
import type { SessionOrder, WorkerMessage } from './worker.ts';

const workerFile = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Above all limits that a worker keeps by itself. */
const startMsMax = 5 * 60_000;
const stepMsMax = 15 * 60_000;

/** One session of one contender, run by a worker process. */
export class Session {
  readonly #order: SessionOrder;
  #child: ChildProcess | undefined;
  #namespace: string | undefined;

  constructor(order: SessionOrder) {
    this.#order = order;
  }

  /** The outcomes of the measured rows; a row that the worker never spoke of has failed. Nothing of the session is left afterwards. */
  async run(hear: (outcome: RowOutcome) => void): Promise<void> {
    const { steps, isolated: isIsolated, folder } = this.#order;
    mkdirSync(folder, { recursive: true });
    const plain = [process.execPath, workerFile, JSON.stringify(this.#order)];
    const [command = '', ...args] = isIsolated ? isolated(plain) : plain;
    // A process group of its own: it can be ended as a whole, and a Ctrl-C of the terminal reaches only this program.
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
    this.#child = child;

    const waiting = new Set(steps.filter(({ measured }) => measured).map(({ row }) => row));
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'started') this.#namespace = message.namespace;
      else {
        waiting.delete(message.row);
        hear(message);
      }
    });
    const text = await ended(child, startMsMax + steps.length * stepMsMax + this.#order.patienceSeconds * SECOND_MS);
    for (const row of waiting) hear(failureOf(row, text));
    this.clear();
  }

  /** Ends what runs and removes the files, without waiting; any number of times. */
  clear(): void {
    if (this.#child?.pid !== undefined) killLeftovers(this.#namespace, this.#child.pid);
    this.#child = undefined;
    rmSync(this.#order.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function failureOf(row: RowId, text: string): RowOutcome {
  const outcome = { ok: false, text, logTail: '' } as const;
  if (isWaitRow(row)) return { kind: 'waits', row, outcome };
  return isDesktopRow(row) ? { kind: 'gauges', row, outcome } : { kind: 'work', row, outcome };
}

/** Waits for the end of a process, at most so long; says how it came about. */
async function ended(child: ChildProcess, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no end after ${timeoutMs / 1000} s`), timeoutMs);
    const settle = (text: string): void => {
      clearTimeout(timer);
      resolve(text);
    };
    child.once('error', (error) => settle(`the worker could not be started: ${error.message}`));
    child.once('close', (code, signal) => settle(`the worker ended early (${code ?? signal})`));
  });
}
