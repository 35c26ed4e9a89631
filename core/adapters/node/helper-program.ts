import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A program of the system and its parameters. */
export type HelperCommand = readonly [program: string, parameters: readonly string[]];

/** A helper that ends by itself (the bus was restarted) is started again after this time, at most so often. */
const restartMs = 30_000;
const restartsMax = 20;

/**
 * Keeps the first of `commands` that is installed running until the returned function is called; where none is, nothing happens.
 * `onStarted` gets each child; its stdin is a pipe that ends with this process, so a helper that reads it ends too, however we die.
 * It keeps no program alive.
 */
export function keepHelper(commands: readonly HelperCommand[], onStarted: (child: ChildProcess) => void): () => void {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restarts = 0;
  let stopped = false;

  function start(index: number): void {
    const command = commands[index];
    if (stopped || !command) return;
    const [program, parameters] = command;
    const started = spawn(program, [...parameters], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } });
    child = started;
    started.unref();
    // The pipes alone must not keep a program alive.
    for (const pipe of [started.stdin, started.stdout]) if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
    started.stdin.on('error', () => undefined);
    let isMissing = false;
    started.on('error', () => {
      isMissing = true;
      start(index + 1);
    });
    started.on('exit', () => {
      if (isMissing || stopped || restarts >= restartsMax) return;
      restarts += 1;
      timer = setTimeout(() => start(index), restartMs).unref();
    });
    onStarted(started);
  }

  start(0);
  return () => {
    stopped = true;
    clearTimeout(timer);
    child?.stdin?.destroy();
    child?.kill();
  };
}
