import { type Command, Option } from 'commander';
import type { ApiReply } from '../../core/api/index.ts';
import { formatFolderId, formatMany } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import { formatTable } from '../text/table.ts';
import { quoteForShell } from '../api-file.ts';
import { absolutePath, folderWord } from './paths.ts';
import { type CommandRunner, done, examples } from './session.ts';

type FolderItem = ApiReply<'folder.list'>['folders'][number];
type Offer = ApiReply<'folder.offers'>['offers'][number];
type Role = FolderItem['role'];

const folderHelp = "name, id or path; see 'dormouse folder list'";

export function addFolderCommands(program: Command, runner: CommandRunner): void {
  const folder = program
    .command('folder')
    .summary('add, share, accept and manage folders')
    .description('A folder is a directory tree that is kept the same on several devices.')
    .addHelpText(
      'after',
      examples([
        ['dormouse folder add ~/docs', 'start syncing a directory'],
        ['dormouse folder share docs "Anna\'s ThinkPad"', 'offer it to a paired device'],
        ['dormouse folder offers', 'there: what was offered'],
        ['dormouse folder accept docs ~/docs', 'there: take it, into this directory'],
      ]),
    );
  addAdd(folder, runner);
  addList(folder, runner);
  addShare(folder, runner);
  addOffers(folder, runner);
  addAccept(folder, runner);
  addRemove(folder, runner);
  addPause(folder, runner, true);
  addPause(folder, runner, false);
  addRevert(folder, runner);
}

function addAdd(folder: Command, runner: CommandRunner): void {
  folder
    .command('add')
    .argument('<path>', 'the directory')
    .option('--name <name>', 'what to call it on all devices (default: the name of the directory)')
    .summary('start syncing a directory')
    .description('Makes a directory a folder that can be shared. This device becomes its owner. What is in it stays as it is.')
    .addHelpText(
      'after',
      examples([
        ['dormouse folder add ~/docs', ''],
        ['dormouse folder add . --name photos', 'the present directory'],
      ]),
    )
    .action(
      runner.action<[path: string, options: { name?: string }]>(async (session, path, { name }) => {
        const reply = await session.call('folder.add', { path: absolutePath(session, path), ...(name === undefined ? {} : { name }) });
        if (!reply.ok) return reply;
        const added = reply.value;
        const text = `Added ${safeText(added.name)} (${safeText(added.path)}). Share it with: dormouse folder share ${quoteForShell(safeText(added.name))} DEVICE`;
        return done(added, text);
      }),
    );
}

function addList(folder: Command, runner: CommandRunner): void {
  folder
    .command('list')
    .description('Lists the folders of this device and whom they are shared with.')
    .action(
      runner.action<[options: object]>(async (session) => {
        const reply = await session.call('folder.list', {});
        return reply.ok ? done(reply.value, formatFolderList(reply.value.folders)) : reply;
      }),
    );
}

function addShare(folder: Command, runner: CommandRunner): void {
  folder
    .command('share')
    .argument('<folder>', folderHelp)
    .argument('<device>', "name, id, or the end of its id; see 'dormouse devices'")
    .addOption(new Option('--role <role>', 'what the device may do').choices(['owner', 'writer', 'reader']).default('writer'))
    .summary('share a folder with a device, or change its role')
    .description(
      'Offers a folder to a paired device, which then accepts it. A reader gets changes but makes none; an owner may share it on.',
    )
    .addHelpText('after', examples([['dormouse folder share docs nas --role reader', 'a copy that changes nothing']]))
    .action(
      runner.action<[folder: string, device: string, options: { role: Role }]>(async (session, word, device, { role }) => {
        const reply = await session.call('folder.share', { folder: folderWord(session, word), device, role });
        if (!reply.ok) return reply;
        const { name, devices } = reply.value;
        return done(
          reply.value,
          `${safeText(name)} is shared with ${devices.map((each) => `${safeText(each.name)} (${each.role})`).join(', ')}.`,
        );
      }),
    );
}

function addOffers(folder: Command, runner: CommandRunner): void {
  folder
    .command('offers')
    .description('Lists the folders that other devices offer to this one.')
    .action(
      runner.action<[options: object]>(async (session) => {
        const reply = await session.call('folder.offers', {});
        return reply.ok ? done(reply.value, formatOffers(reply.value.offers)) : reply;
      }),
    );
}

function addAccept(folder: Command, runner: CommandRunner): void {
  folder
    .command('accept')
    .argument('<folder>', "name or id of the offer; see 'dormouse folder offers'")
    .argument('<path>', 'the directory for it')
    .summary('take an offered folder into a directory')
    .description(
      'Takes a folder that another device offers. Files that are in the directory already are merged: no version of any file is lost.',
    )
    .addHelpText('after', examples([['dormouse folder accept docs ~/docs', '']]))
    .action(
      runner.action<[folder: string, path: string, options: object]>(async (session, word, path) => {
        const reply = await session.call('folder.accept', { folder: word, path: absolutePath(session, path) });
        return reply.ok ? done(reply.value, `${safeText(reply.value.name)} is synced into ${safeText(reply.value.path)}.`) : reply;
      }),
    );
}

function addRemove(folder: Command, runner: CommandRunner): void {
  folder
    .command('remove')
    .argument('<folder>', folderHelp)
    .summary('stop syncing a folder on this device')
    .description('Takes this device out of the folder. All files stay on the disk; the other devices go on.')
    .action(
      runner.action<[folder: string, options: object]>(async (session, word) => {
        const reply = await session.call('folder.remove', { folder: folderWord(session, word) });
        return reply.ok
          ? done(reply.value, `${safeText(reply.value.name)} is no longer synced. Its files are still in ${safeText(reply.value.path)}.`)
          : reply;
      }),
    );
}

function addPause(folder: Command, runner: CommandRunner, paused: boolean): void {
  folder
    .command(paused ? 'pause' : 'resume')
    .argument('<folder>', folderHelp)
    .description(paused ? 'Stops scanning and syncing a folder on this device until it is resumed.' : 'Syncs a paused folder again.')
    .action(
      runner.action<[folder: string, options: object]>(async (session, word) => {
        const reply = await session.call('folder.pause', { folder: folderWord(session, word), paused });
        return reply.ok ? done(reply.value, `${safeText(reply.value.name)} is ${paused ? 'paused' : 'resumed'}.`) : reply;
      }),
    );
}

function addRevert(folder: Command, runner: CommandRunner): void {
  folder
    .command('revert')
    .argument('<folder>', folderHelp)
    .argument('[path]', "one path, relative to the folder's root (default: all)")
    .summary('undo local changes in a folder that this device only reads')
    .description(
      'Brings back the newest version of what was changed on this device, which is only a reader of the folder. The changed files go to the trash.',
    )
    .action(
      runner.action<[folder: string, path: string | undefined, options: object]>(async (session, word, path) => {
        const reply = await session.call('folder.revert', { folder: folderWord(session, word), ...(path === undefined ? {} : { path }) });
        return reply.ok ? done(reply.value, `Reverted ${formatMany(reply.value.reverted, 'change')}.`) : reply;
      }),
    );
}

export function formatFolderList(folders: readonly FolderItem[]): string {
  if (folders.length === 0) return 'No folders yet. Add one: dormouse folder add PATH';
  const rows = folders.map((folder) => [
    safeText(folder.name),
    formatFolderId(folder.id),
    safeText(folder.state).replaceAll('-', ' '),
    folder.role,
    folder.devices.map((device) => `${safeText(device.name)} (${device.role})`).join(', ') || 'nobody yet',
    safeText(folder.path),
  ]);
  return formatTable(rows, { head: ['FOLDER', 'ID', 'STATE', 'ROLE', 'SHARED WITH', 'PATH'] });
}

export function formatOffers(offers: readonly Offer[]): string {
  if (offers.length === 0) return 'No folders are offered to this device.';
  const rows = offers.map((offer) => [safeText(offer.name), formatFolderId(offer.folder), safeText(offer.fromName), offer.role]);
  return `${formatTable(rows, { head: ['FOLDER', 'ID', 'FROM', 'YOUR ROLE'] })}\n\nTake one: dormouse folder accept FOLDER PATH`;
}
