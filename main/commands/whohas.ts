import type { Command } from 'commander';
import type { ApiReply } from '../../core/api/index.ts';
import { formatBytes } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import { formatTable } from '../text/table.ts';
import { callWithPath } from './paths.ts';
import { type CommandRunner, done, examples } from './session.ts';

type WhoHas = ApiReply<'whohas'>;

export function addWhohasCommand(program: Command, runner: CommandRunner): void {
  program
    .command('whohas')
    .argument('<path>', "a file in a synced folder: from here, or relative to the folder's root")
    .option('--blocks', 'ask every reachable device block by block')
    .summary('show which devices hold the newest version of a file')
    .description('Shows which devices hold the newest version of a file, by what they have told, or block by block by asking them now.')
    .addHelpText(
      'after',
      examples([
        ['dormouse whohas ~/docs/thesis.tex', ''],
        ['dormouse whohas video.mkv --blocks', 'where a half-fetched file is to be had'],
      ]),
    )
    .action(
      runner.action<[path: string, options: { blocks?: boolean }]>(async (session, path, { blocks }) => {
        const reply = await callWithPath(session, path, (word) =>
          session.call('whohas', { path: word, ...(blocks === true ? { blocks } : {}) }),
        );
        return reply.ok ? done(reply.value, formatWhoHas(reply.value)) : reply;
      }),
    );
}

export function formatWhoHas(found: WhoHas): string {
  const rows = found.devices.map((device) => [
    device.here ? `${safeText(device.name)} (this device)` : safeText(device.name),
    device.applied ? 'yes' : 'no',
    device.reachable ? 'yes' : 'no',
    ...(found.blocks === null ? [] : [device.blocks === null ? 'did not answer' : `${device.blocks} of ${found.blocks.length}`]),
  ]);
  const head = ['DEVICE', 'HAS IT', 'REACHABLE', ...(found.blocks === null ? [] : ['BLOCKS'])];
  const table = `${safeText(found.path)}, ${formatBytes(found.bytes)}\n${formatTable(rows, { head })}`;
  return found.blocks === null ? table : `${table}\n\n${formatBlocks(found, found.blocks)}`;
}

function formatBlocks(found: WhoHas, blocks: NonNullable<WhoHas['blocks']>): string {
  const nameOf = (id: string): string => safeText(found.devices.find((device) => device.device === id)?.name ?? id);
  const rows = blocks.map((block) => [
    block.name.slice(0, 16),
    formatBytes(block.size),
    block.devices.map(nameOf).join(', ') || 'nobody reachable',
  ]);
  return formatTable(rows, { head: ['BLOCK', 'SIZE', 'HELD BY'], right: [1] });
}
