import { type Command, InvalidArgumentError } from 'commander';
import type { ApiReply, FolderStatus } from '../../core/api/index.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatProgress, nextProgress, progressAtStart } from '../text/progress.ts';
import { safeText } from '../text/safe-text.ts';
import { folderWord } from './paths.ts';
import { type CommandRunner, type CommandSession, done, examples } from './session.ts';

interface UpOptions {
  readonly delivered?: boolean;
  readonly timeout?: number;
}

const pollMs = 250;
/** Back to the first column, then clear to the end of the line. */
const clearLine = '\r\u001b[K';

export function addUpCommand(program: Command, runner: CommandRunner): void {
  program
    .command('up')
    .argument('[folder]', 'name, id or path (default: all folders)')
    .option('--delivered', 'wait also until every newest file is on another device: then the lid may be closed')
    .option('--timeout <seconds>', 'wait this long, for devices that are away too (exit code 4 after it)', parseSeconds)
    .summary('scan, catch up with every reachable device, and return when even')
    .description(
      'Brings folders up to date and returns when they are. It waits for devices that are there, and without --timeout only some seconds for those that are not; then it says what is missing (exit code 4).',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse up docs --timeout 60', 'at most a minute'],
        ['dormouse up --delivered && systemctl suspend', 'sleep when everything is elsewhere too'],
      ]),
    )
    .action(
      runner.action<[folder: string | undefined, options: UpOptions]>(async (session, word, options) => {
        const request = {
          ...(word === undefined ? {} : { folder: folderWord(session, word) }),
          ...(options.delivered === true ? { delivered: true } : {}),
          ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
        };
        const finished = new AbortController();
        const bar = showProgress(session, request.folder, finished.signal);
        const reply = await session.call('up', request);
        finished.abort();
        await bar;
        if (!reply.ok) return reply;
        return done(reply.value, formatUp(reply.value), reply.value.even ? exitCodes.done : exitCodes.notReached);
      }),
    );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0)
    throw new InvalidArgumentError('It is a number of seconds, such as 60.');
  return seconds;
}

/** Draws one line on a terminal, four times a second, until `finished` aborts; then the line is gone. */
async function showProgress(session: CommandSession, word: string | undefined, finished: AbortSignal): Promise<void> {
  const { stdout } = session.surroundings;
  if (session.isJson || !stdout.isTerminal) return;
  let progress = progressAtStart;
  let isDrawn = false;
  while (!finished.aborted) {
    const status = await session.call('status', {}, { signal: finished });
    if (!status.ok) break;
    const folders = status.value.folders.filter((folder) => word === undefined || isNamed(folder, word));
    progress = nextProgress(progress, folders);
    stdout.write(clearLine + formatProgress(progress, status.value, folders, stdout.columns));
    isDrawn = true;
    await pause(finished);
  }
  if (isDrawn) stdout.write(clearLine);
}

function isNamed(folder: FolderStatus, word: string): boolean {
  return folder.id.startsWith(word) || folder.path === word || folder.name.toLowerCase() === word.toLowerCase();
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pollMs);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    if (signal.aborted) resolve();
  });
}

export function formatUp(reply: ApiReply<'up'>): string {
  if (reply.folders.length === 0) return 'No folders yet. Add one: dormouse folder add PATH';
  return reply.folders
    .map((folder) => {
      if (folder.even) return `${safeText(folder.name)}: up to date`;
      return [`${safeText(folder.name)}: not even`, ...folder.why.map((reason) => `  ${safeText(reason)}`)].join('\n');
    })
    .join('\n');
}
