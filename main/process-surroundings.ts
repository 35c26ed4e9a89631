import type { WriteStream } from 'node:tty';
import type { CliOutput, CliSurroundings } from './commands/session.ts';

const columnsWithoutTerminal = 100;
const exitCodeAtSecondInterrupt = 130;

/** The surroundings of this process. */
export function processSurroundings(): CliSurroundings {
  let controller: AbortController | undefined;
  return {
    cwd: process.cwd(),
    env: process.env,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    now: () => new Date(),
    get interrupt(): AbortSignal {
      if (controller === undefined) {
        const created = (controller = new AbortController());
        process.on('SIGINT', () => {
          if (created.signal.aborted) process.exit(exitCodeAtSecondInterrupt);
          created.abort();
        });
      }
      return controller.signal;
    },
  };
}

/** `stream` until its reader is gone (`dormouse events | head`): that is no fault, writing just has no more use. */
function output(stream: WriteStream): CliOutput {
  let isOpen = true;
  stream.on('error', () => (isOpen = false));
  return {
    isTerminal: stream.isTTY,
    get columns() {
      return stream.isTTY ? stream.columns : columnsWithoutTerminal;
    },
    write(text) {
      if (isOpen) stream.write(text);
      return isOpen;
    },
  };
}
