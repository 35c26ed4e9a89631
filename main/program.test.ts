import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred, err, ok } from '../core/base/index.ts';
import { type ApiEvent, apiError } from '../core/api/index.ts';
import { completionCandidates, isHidden } from './completion.ts';
import { CommandRunner } from './commands/session.ts';
import { buildProgram } from './program.ts';
import { CliHarness } from './testing/cli-harness.ts';
import { exampleFolder, exampleStatus } from './testing/example-status.ts';

let cli: CliHarness;

beforeEach(() => (cli = new CliHarness()));
afterEach(() => cli.stop());

const folderItem = {
  id: 'ab'.repeat(32),
  name: 'docs',
  path: '/x/docs',
  role: 'owner',
  state: 'up-to-date',
  devices: [{ id: 'd', name: 'nas', role: 'reader' }],
};

describe('exit codes', () => {
  test('3 without an agent, and what to do', async () => {
    expect(await cli.run(['status'])).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('dormouse daemon --home') });
  });

  test('3 as JSON and nothing else with --json, before or after the command', async () => {
    for (const args of [
      ['--json', 'status'],
      ['status', '--json'],
    ]) {
      const run = await cli.run(args);
      expect(run).toMatchObject({ exitCode: 3, stderr: '' });
      expect(JSON.parse(run.stdout)).toMatchObject({ error: { kind: 'no-agent', text: expect.any(String) } });
    }
  });

  test.each([
    ['an unknown command', ['statsu'], 'Did you mean status?'],
    ['an unknown option', ['status', '--fast'], "unknown option '--fast'"],
    ['a missing argument', ['pair'], "missing required argument 'invite'"],
    ['a word too many', ['status', 'docs'], 'too many arguments'],
    ['a bad choice', ['folder', 'share', 'docs', 'nas', '--role', 'king'], 'owner, writer, reader'],
    ['a bad number', ['up', '--timeout', 'soon'], 'a number of seconds'],
    ['no command', [], 'Usage: dormouse'],
  ])('2 for %s', async (_title, args, text) => {
    expect(await cli.run(args)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(text) });
    const json = await cli.run([...args, '--json']);
    expect(json).toMatchObject({ exitCode: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { kind: 'usage' } });
  });

  test.each([
    ['not-found', 1],
    ['bad-request', 2],
    ['not-reached', 4],
    ['internal', 1],
  ] as const)('an error of kind %s ends with %d', async (kind, exitCode) => {
    await cli.startAgent();
    cli.service.answers.set('device.remove', async () => err(apiError(kind, 'Because of \u001b[2Jthis.')));
    expect(await cli.run(['device', 'remove', 'nas'])).toEqual({ exitCode, stdout: '', stderr: 'Because of \\x1b[2Jthis.\n' });
  });

  test('4 when folders did not get even, with the reasons', async () => {
    await cli.startAgent();
    const reply = { even: false, folders: [{ folder: 'f', name: 'docs', even: false, why: ['nas is asleep.'] }] };
    cli.service.answers.set('up', async () => ok(reply));
    expect(await cli.run(['up', 'docs', '--delivered', '--timeout', '0.5'])).toMatchObject({
      exitCode: 4,
      stdout: 'docs: not even\n  nas is asleep.\n',
    });
    expect(cli.service.calls.at(-1)?.request).toEqual({ folder: 'docs', delivered: true, timeoutSeconds: 0.5 });
    const json = await cli.run(['up', '--json'], { isTerminal: true });
    expect(json).toEqual({ exitCode: 4, stdout: `${JSON.stringify(reply)}\n`, stderr: '' });
  });
});

describe('help', () => {
  function* commandsBelow(command: Command): Generator<Command> {
    for (const child of command.commands) {
      if (!isHidden(child)) yield child;
      yield* commandsBelow(child);
    }
  }

  test('every command says what it does', () => {
    const program = buildProgram(new CommandRunner({} as never), false);
    for (const command of commandsBelow(program)) {
      expect(command.description(), command.name()).toMatch(/\.$/);
      for (const argument of command.registeredArguments) expect(argument.description, `${command.name()} ${argument.name()}`).not.toBe('');
    }
  });

  test('is no error, and goes to stdout', async () => {
    const run = await cli.run(['folder', 'share', '--help']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('dormouse folder share [options] <folder> <device>');
    expect(run.stdout).toContain('Examples:');
  });
});

describe('words and paths of the person', () => {
  beforeEach(() => cli.startAgent());

  test('paths are relative to where the person stands', async () => {
    cli.service.answers.set('folder.add', async () => ok(folderItem));
    await cli.run(['folder', 'add', 'docs', '--name', 'Documents']);
    expect(cli.service.calls.at(-1)?.request).toEqual({ path: join(cli.cwd, 'docs'), name: 'Documents' });
  });

  test('a folder can be named or pointed at', async () => {
    cli.service.answers.set('folder.share', async () => ok(folderItem));
    for (const [word, expected] of [
      ['docs', 'docs'],
      ['.', cli.cwd],
      ['./docs', join(cli.cwd, 'docs')],
    ] as const) {
      await cli.run(['folder', 'share', word, 'nas', '--role', 'reader']);
      expect(cli.service.calls.at(-1)?.request).toEqual({ folder: expected, device: 'nas', role: 'reader' });
    }
  });

  test('a file is looked for from here first where here is synced, then as lists show it', async () => {
    cli.service.answers.set('folder.list', async () => ok({ folders: [{ ...folderItem, path: cli.folder }] }));
    cli.service.answers.set('conflict.resolve', async (request) =>
      (request as { path: string }).path === 'a/copy.txt' ? ok({}) : err(apiError('not-found', 'No such path.')),
    );
    expect(await cli.run(['conflicts', 'resolve', 'a/copy.txt', '--keep', 'that', '--folder', 'docs'])).toMatchObject({
      exitCode: 0,
      stdout: 'Settled.\n',
    });
    expect(cli.service.calls.map(({ request }) => request)).toEqual([
      {},
      { folder: 'docs', path: join(cli.cwd, 'a/copy.txt'), keep: 'that' },
      { folder: 'docs', path: 'a/copy.txt', keep: 'that' },
    ]);
  });

  test('settings are listed, shown and changed by one command', async () => {
    cli.service.answers.set('settings.get', async () => ok({ settings: { name: 'mine', 'scan.intervalMinutes': 30 } }));
    cli.service.answers.set('settings.set', async () => ok({ key: 'scan.intervalMinutes', value: 7 }));
    expect((await cli.run(['settings'])).stdout).toContain(
      'scan.intervalMinutes  30     A whole scan of each folder at least this often, in minutes.',
    );
    expect((await cli.run(['settings', 'scan.intervalMinutes'])).stdout).toBe('30\n');
    expect((await cli.run(['settings', 'scan.intervalMinutes', '7'])).stdout).toBe('scan.intervalMinutes is now 7.\n');
    expect(await cli.run(['settings', 'nothing'])).toMatchObject({ exitCode: 2 });
  });
});

describe('streams', () => {
  const event = (sequence: number): ApiEvent => ({ sequence, at: '2026-11-20T12:00:00Z', kind: 'test', level: 'info' });

  test('events are NDJSON, the past and the present joined without a gap or a double', async () => {
    await cli.startAgent();
    cli.service.answers.set('events', async () => {
      // Happens between the connection of the stream and the answer about the past.
      cli.service.events.emit(event(2));
      return ok({ events: [event(1), event(2)] });
    });
    const stop = new AbortController();
    const run = cli.run(['events', '--follow', '--json'], { interrupt: stop.signal });
    await expect.poll(() => cli.service.calls.length).toBe(1);
    cli.service.events.emit(event(3));
    // Hints bear the number of the event before them.
    cli.service.events.emit({ ...event(3), kind: 'folder-state', level: 'debug' });
    setTimeout(() => stop.abort(), 200);
    const { stdout, exitCode } = await run;
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as ApiEvent).sequence),
    ).toEqual([1, 2, 3, 3]);
    expect(exitCode).toBe(0);
  });

  test('Ctrl-C ends a wait', async () => {
    await cli.startAgent();
    cli.service.answers.set('up', async () => new Promise<never>(() => undefined));
    const stop = new AbortController();
    const run = cli.run(['up'], { interrupt: stop.signal });
    await expect.poll(() => cli.service.calls.length).toBe(1);
    stop.abort();
    expect(await run).toMatchObject({ exitCode: 1, stderr: 'The call was cancelled.\n' });
  });
});

describe('progress', () => {
  test('is drawn over itself on a terminal while "up" waits, and is gone afterwards', async () => {
    await cli.startAgent();
    const even = deferred<void>();
    const folder = { ...exampleFolder, name: 'docs', wanted: { files: 1, bytes: 1024 } };
    cli.service.answers.set('status', async () => ok({ ...exampleStatus, folders: [folder] }));
    cli.service.answers.set('up', async () => {
      await even.promise;
      return ok({ even: true, folders: [{ folder: folder.id, name: 'docs', even: true, why: [] }] });
    });
    const run = cli.run(['up'], { isTerminal: true });
    await expect.poll(() => cli.service.calls.filter(({ verb }) => verb === 'status').length).toBeGreaterThan(1);
    even.resolve();
    const { stdout, exitCode } = await run;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\r\u001b[K[------------------------]   0 %  syncing docs, 1.0 KiB to get');
    expect(stdout.endsWith('\r\u001b[Kdocs: up to date\n')).toBe(true);
  });
});

describe('diagnostics', () => {
  test('INC-2 packs what the agent gives and the logs into an archive for its owner alone', async () => {
    await cli.startAgent();
    mkdirSync(cli.home.logFolder, { recursive: true });
    writeFileSync(join(cli.home.logFolder, 'agent.log'), '{"level":"info","event":"scan","path":"Anna/diary.txt","files":3}\nnot json\n');
    cli.service.answers.set('diagnostics', async () => ok({ files: [{ name: 'status.json', text: '{}\n' }] }));
    const run = await cli.run(['diagnostics', 'report.tar.gz', '--hash-names', '--json']);
    const file = join(cli.cwd, 'report.tar.gz');
    expect(JSON.parse(run.stdout)).toMatchObject({ file, agent: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const folder = mkdtempSync(join(tmpdir(), 'dormouse-tar-'));
    try {
      execFileSync('tar', ['-xzmf', file, '-C', folder]);
      expect(readFileSync(join(folder, 'status.json'), 'utf8')).toBe('{}\n');
      const log = readFileSync(join(folder, 'logs/agent.log'), 'utf8');
      expect(log).toMatch(/^\{"level":"info","event":"scan","path":"name-[0-9a-f]{8}","files":3\}\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect(await cli.run(['diagnostics', 'report.tar.gz'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('exists already'),
    });
  });
});

describe('completion', () => {
  const names = async (what: string): Promise<readonly string[]> => (what === 'folders' ? ['docs', 'my photos'] : [what]);
  const complete = async (...words: string[]): Promise<Awaited<ReturnType<typeof completionCandidates>>> =>
    completionCandidates(buildProgram(new CommandRunner({} as never), false), words, names);

  test.each([
    [['st'], ['status']],
    [
      ['folder', 're'],
      ['remove', 'resume', 'revert'],
    ],
    [
      ['folder', 'pause', ''],
      ['docs', 'my photos'],
    ],
    [['folder', 'share', 'docs', ''], ['devices']],
    [
      ['folder', 'share', 'docs', 'nas', '--role', ''],
      ['owner', 'writer', 'reader'],
    ],
    [['folder', 'accept', ''], ['offers']],
    [['--home', '/x', 'device', 'address', 'nas', 'a'], ['add']],
    [['up', '--d'], ['--delivered']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('%j may go on with %j', async (words, expected) => {
    expect((await complete(...words)).words).toEqual(expected);
  });

  test('a path may be any file, and hidden commands stay hidden', async () => {
    expect(await complete('folder', 'add', '')).toEqual({ words: [], files: true });
    expect((await complete('_')).words).toEqual([]);
  });

  test('the script of bash is sound', async () => {
    const { stdout } = await cli.run(['completion', 'bash']);
    execFileSync('bash', ['-n'], { input: stdout });
  });
});
