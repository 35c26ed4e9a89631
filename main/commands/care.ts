import { type Command, Option } from 'commander';
import type { ApiReply } from '../../core/api/index.ts';
import { formatAgo, formatBytes } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import type { TextContext } from '../text/status-text.ts';
import { formatTable } from '../text/table.ts';
import { callWithPath, folderWord } from './paths.ts';
import { type CommandRunner, type CommandSession, done, examples } from './session.ts';

interface FolderOption {
  readonly folder?: string;
}

const folderOption = ['--folder <folder>', 'only this folder (name, id or path)'] as const;

/** What needs a person: conflicts, problems and the trash. */
export function addCareCommands(program: Command, runner: CommandRunner): void {
  addConflicts(program, runner);
  addProblems(program, runner);
  addTrash(program, runner);
}

function folderRequest(session: CommandSession, options: FolderOption): { folder?: string } {
  return options.folder === undefined ? {} : { folder: folderWord(session, options.folder) };
}

function addConflicts(program: Command, runner: CommandRunner): void {
  const conflicts = program
    .command('conflicts')
    .option(...folderOption)
    .summary('list conflict copies, and settle them')
    .description(
      'A file that was edited on two devices at once exists twice: the later edit under its name, the other as a conflict copy beside it.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse conflicts', ''],
        ['dormouse conflicts resolve "notes (conflict m8kqPhZ 2026-11-03 091244).txt" --keep that', ''],
      ]),
    )
    .action(
      runner.action<[options: FolderOption]>(async (session, options) => {
        const reply = await session.call('conflicts', folderRequest(session, options));
        return reply.ok ? done(reply.value, formatConflicts(reply.value.conflicts, session.text)) : reply;
      }),
    );

  conflicts
    .command('resolve')
    .argument('<path>', 'the conflict copy: from here, or as the list shows it')
    .addOption(
      new Option('--keep <which>', 'this: the conflict copy; that: the file under its own name; both')
        .choices(['this', 'that', 'both'])
        .makeOptionMandatory(),
    )
    .summary('settle one conflict')
    .description(
      'Settles a conflict. "this" keeps the conflict copy that PATH names and puts it under the file\'s own name, "that" keeps the file as it is, "both" keeps both as ordinary files. What is not kept goes to the trash.',
    )
    .action(
      runner.action<[path: string, options: { keep: 'this' | 'that' | 'both' }]>(async (session, path, { keep }) => {
        const folder = folderRequest(session, conflicts.opts<FolderOption>());
        const reply = await callWithPath(session, path, (word) => session.call('conflict.resolve', { ...folder, path: word, keep }));
        return reply.ok ? done(reply.value, 'Settled.') : reply;
      }),
    );
}

function addProblems(program: Command, runner: CommandRunner): void {
  program
    .command('problems')
    .option(...folderOption)
    .summary('list paths that cannot be synced, and why')
    .description('Lists paths that cannot be synced on this device, with the reason and what to do. Everything else goes on meanwhile.')
    .action(
      runner.action<[options: FolderOption]>(async (session, options) => {
        const reply = await session.call('problems', folderRequest(session, options));
        return reply.ok ? done(reply.value, formatProblems(reply.value.problems, session.text)) : reply;
      }),
    );
}

function addTrash(program: Command, runner: CommandRunner): void {
  const trash = program
    .command('trash')
    .summary('list and restore removed and replaced files')
    .description("What other devices removed or replaced is kept for a while in each folder's trash on this device.")
    .addHelpText(
      'after',
      examples([
        ['dormouse trash list --folder docs', ''],
        ['dormouse trash restore ID', 'the ID stands in the list'],
      ]),
    );
  trash
    .command('list')
    .option(...folderOption)
    .description('Lists what is in the trash, newest first.')
    .action(
      runner.action<[options: FolderOption]>(async (session, options) => {
        const reply = await session.call('trash.list', folderRequest(session, options));
        return reply.ok ? done(reply.value, formatTrash(reply.value.items, session.text)) : reply;
      }),
    );
  trash
    .command('restore')
    .argument('<id>', "see 'dormouse trash list'")
    .description('Puts a file from the trash back. If something has its name by now, it gets another one.')
    .action(
      runner.action<[id: string, options: object]>(async (session, id) => {
        const reply = await session.call('trash.restore', { id });
        return reply.ok ? done(reply.value, `Restored as ${safeText(reply.value.path)}.`) : reply;
      }),
    );
}

export function formatConflicts(conflicts: ApiReply<'conflicts'>['conflicts'], { now }: TextContext): string {
  if (conflicts.length === 0) return 'No conflicts.';
  const rows = conflicts.map((conflict) => [
    safeText(conflict.folderName),
    safeText(conflict.path),
    safeText(conflict.of),
    safeText(conflict.author),
    formatBytes(conflict.bytes),
    conflict.mtime === null ? '-' : formatAgo(conflict.mtime, now),
  ]);
  const table = formatTable(rows, { head: ['FOLDER', 'CONFLICT COPY', 'OF', 'BY', 'SIZE', 'CHANGED'], right: [4] });
  return `${table}\n\nSettle one: dormouse conflicts resolve PATH --keep this|that|both`;
}

export function formatProblems(problems: ApiReply<'problems'>['problems'], { now }: TextContext): string {
  if (problems.length === 0) return 'No problems.';
  return problems
    .map((problem) => {
      const retried = problem.permanent ? '' : ', tried again by itself';
      return `${safeText(problem.folderName)}: ${safeText(problem.path)}\n  ${safeText(problem.text)} (since ${formatAgo(problem.since, now)}${retried})`;
    })
    .join('\n');
}

export function formatTrash(items: ApiReply<'trash.list'>['items'], { now }: TextContext): string {
  if (items.length === 0) return 'The trash is empty.';
  const newestFirst = [...items].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const rows = newestFirst.map((item) => [
    safeText(item.id),
    safeText(item.folderName),
    safeText(item.path),
    item.reason,
    formatBytes(item.bytes),
    formatAgo(item.at, now),
  ]);
  return formatTable(rows, { head: ['ID', 'FOLDER', 'PATH', 'WAS', 'SIZE', 'WHEN'], right: [4] });
}
