import { Argument, type Command } from 'commander';
import type { ApiReply } from '../../core/api/index.ts';
import { formatDeviceId } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import { formatTable } from '../text/table.ts';
import { type CommandRunner, done, examples } from './session.ts';

type PairedDevice = ApiReply<'devices'>['devices'][number];

const deviceHelp = "name, id, or the end of its id; see 'dormouse devices'";

export function addDeviceCommands(program: Command, runner: CommandRunner): void {
  program
    .command('devices')
    .summary('list the other devices')
    .description('Lists the devices that this one knows: paired ones, and those that a shared folder introduced.')
    .addHelpText(
      'after',
      examples([
        ['dormouse devices', ''],
        ['dormouse devices --json', 'with whole ids'],
      ]),
    )
    .action(
      runner.action<[options: object]>(async (session) => {
        const reply = await session.call('devices', {});
        return reply.ok ? done(reply.value, formatDeviceList(reply.value.devices)) : reply;
      }),
    );

  const device = program
    .command('device')
    .summary('rename, remove, pause, or give fixed addresses to a device')
    .description('Changes what this device knows about another one.')
    .addHelpText(
      'after',
      examples([
        ['dormouse device rename m8kqPhZ "Anna\'s ThinkPad"', ''],
        ['dormouse device pause "Anna\'s ThinkPad"', 'no connection until resumed'],
        ['dormouse device address nas add /ip4/192.0.2.7/tcp/4001', 'where discovery does not reach'],
      ]),
    );
  addRename(device, runner);
  addRemove(device, runner);
  addPause(device, runner, true);
  addPause(device, runner, false);
  addAddress(device, runner);
}

function addRename(device: Command, runner: CommandRunner): void {
  device
    .command('rename')
    .argument('<device>', deviceHelp)
    .argument('<name>', 'what to call it here')
    .description('Gives a device another name on this device. Its own name, which others see, is its own setting.')
    .action(
      runner.action<[device: string, name: string, options: object]>(async (session, word, name) => {
        const reply = await session.call('device.rename', { device: word, name });
        return reply.ok ? done(reply.value, `It is now called ${safeText(reply.value.name)}.`) : reply;
      }),
    );
}

function addRemove(device: Command, runner: CommandRunner): void {
  device
    .command('remove')
    .argument('<device>', deviceHelp)
    .description(
      'Ends the pairing with a device, takes it out of the folders that this device owns, and blocks it here. Files stay where they are, there too.',
    )
    .action(
      runner.action<[device: string, options: object]>(async (session, word) => {
        const reply = await session.call('device.remove', { device: word });
        return reply.ok ? done(reply.value, `${safeText(reply.value.name)} is removed. Files that it has stay with it.`) : reply;
      }),
    );
}

function addPause(device: Command, runner: CommandRunner, paused: boolean): void {
  device
    .command(paused ? 'pause' : 'resume')
    .argument('<device>', deviceHelp)
    .description(paused ? 'Ends the connection to a device and makes none until it is resumed.' : 'Connects to a paused device again.')
    .action(
      runner.action<[device: string, options: object]>(async (session, word) => {
        const reply = await session.call('device.pause', { device: word, paused });
        return reply.ok ? done(reply.value, `${safeText(reply.value.name)} is ${paused ? 'paused' : 'resumed'}.`) : reply;
      }),
    );
}

function addAddress(device: Command, runner: CommandRunner): void {
  device
    .command('address')
    .argument('<device>', deviceHelp)
    .addArgument(new Argument('<action>', 'what to do with the address').choices(['add', 'remove']))
    .argument('<address>', 'such as /ip4/192.0.2.7/tcp/4001 or /dns4/nas.example/tcp/4001')
    .summary('add or remove a fixed address')
    .description('Fixed addresses are tried besides what discovery finds: for VPNs, other subnets and networks without multicast.')
    .addHelpText('after', examples([['dormouse device address nas add /ip4/192.0.2.7/tcp/4001', '']]))
    .action(
      runner.action<[device: string, action: 'add' | 'remove', address: string, options: object]>(
        async (session, word, action, address) => {
          const reply = await session.call('device.address', { device: word, action, address });
          if (!reply.ok) return reply;
          const addresses = reply.value.addresses.map(safeText).join(', ') || 'none';
          return done(reply.value, `Fixed addresses of ${safeText(reply.value.name)}: ${addresses}`);
        },
      ),
    );
}

/** The list for a person. */
export function formatDeviceList(devices: readonly PairedDevice[]): string {
  if (devices.length === 0) return 'No other devices yet. Make an invite here (dormouse invite) and use it there (dormouse pair INVITE).';
  const rows = devices.map((device) => [
    safeText(device.name),
    formatDeviceId(device.id),
    device.paused ? 'paused' : safeText(device.state),
    formatOrigin(device),
  ]);
  return formatTable(rows, { head: ['DEVICE', 'ID', 'STATE', 'KNOWN BY'] });
}

function formatOrigin(device: PairedDevice): string {
  const origin = device.introducedBy === null ? 'paired here' : `introduced by ${safeText(device.introducedBy)}`;
  return device.addresses.length === 0 ? origin : `${origin}; fixed: ${device.addresses.map(safeText).join(', ')}`;
}
