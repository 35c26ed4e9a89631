import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { err, ok } from '../../core/base/index.ts';
import { type ApiEvent, apiError } from '../../core/api/index.ts';
import { CliHarness } from '../testing/cli-harness.ts';
import { exampleDevice } from '../testing/example-status.ts';

let cli: CliHarness;

beforeEach(async () => {
  cli = new CliHarness();
  await cli.startAgent();
  const { id, name, state } = exampleDevice;
  cli.service.answers.set('devices', async () => ok({ devices: [{ id, name, state, paused: false, addresses: [], introducedBy: null }] }));
  cli.service.answers.set('folder.list', async () => ok({ folders: [] }));
});
afterEach(() => cli.stop());

const at = '2026-11-20T11:59:00.000Z';
const ended: ApiEvent = {
  ...{ sequence: 1, at, kind: 'link-ended', level: 'info', device: exampleDevice.id },
  fields: { why: 'silent', epoch: 1, livedMs: 61_000, callsLost: 2, lateDropped: 0 },
};
const failed: ApiEvent = {
  ...{ sequence: 2, at, kind: 'link-failed', level: 'debug', device: exampleDevice.id },
  fields: { outbound: true, text: 'refused', failures: 2 },
};

describe('events', () => {
  beforeEach(() => cli.service.answers.set('events', async () => ok({ events: [ended, failed] })));
  const ndjson = `${JSON.stringify(ended)}\n${JSON.stringify(failed)}\n`;
  const words = "Anna's ThinkPad: link ended: the other side did not answer, after 1 min awake; 2 calls settled as lost\n";

  test('are NDJSON for programs: where stdout is no terminal, or with --json', async () => {
    expect((await cli.run(['events'])).stdout).toBe(ndjson);
    expect((await cli.run(['events', '--json', '--text'], { isTerminal: true })).stdout).toBe(ndjson);
  });

  test('are words on a terminal or with --text; what only helps to find a fault needs --all', async () => {
    const text = await cli.run(['events', '--text']);
    expect(text.stdout.slice(10)).toBe(words);
    expect((await cli.run(['events'], { isTerminal: true })).stdout).toContain('link ended: the other side did not answer');
    expect((await cli.run(['events', '--all'])).stdout).toContain("Anna's ThinkPad: not reached (2 tries): refused\n");
  });
});

describe('incidents', () => {
  const incident = { id: 'abc-3f9c01ab', at, lastAt: at, kind: 'link-unstable', text: 'The connection broke 3 times.', count: 3 };

  test('INC-1 are listed, newest first', async () => {
    const older = { ...incident, id: 'abb-00000000', count: 1, text: 'The disk is full.' };
    cli.service.answers.set('incidents', async () => ok({ incidents: [older, incident] }));
    const { stdout } = await cli.run(['incidents']);
    expect(stdout).toMatch(/WHEN.*COUNT.*WHAT.*ID\n.*3 x  The connection broke 3 times\. {2}3f9c01ab\n.*The disk is full\. +00000000\n$/);
  });

  test('INC-1 one is shown with what led to it', async () => {
    cli.service.answers.set('incident', async () => ok({ incident: { ...incident, history: [ended] } }));
    const { stdout } = await cli.run(['incidents', '3f9c01ab']);
    expect(stdout).toContain('The connection broke 3 times.\n');
    expect(stdout).toContain('3 times, last');
    expect(stdout).toContain("Anna's ThinkPad: link ended");
    expect(cli.service.calls.find(({ verb }) => verb === 'incident')?.request).toEqual({ id: '3f9c01ab' });
    cli.service.answers.set('incident', async () => err(apiError('not-found', 'There is no incident "x".')));
    expect(await cli.run(['incidents', 'x'])).toMatchObject({ exitCode: 1, stderr: 'There is no incident "x".\n' });
  });
});

describe('recoveries', () => {
  test('REC-1 are asked for as many hours as the person says', async () => {
    const lane = { device: 'd', name: 'mine', segments: [{ state: 'awake', from: at, to: null }], wakes: [] };
    cli.service.answers.set('lanes', async () => ok({ now: '2026-11-20T12:00:00.000Z', self: lane, devices: [] }));
    expect((await cli.run(['recoveries', '--hours', '2'])).stdout).toBe(
      'mine (this device): awake\n  In the last 2 h: awake 1 min.\n  No recoveries.\n',
    );
    expect(cli.service.calls.at(-1)?.request).toEqual({ hours: 2 });
    for (const hours of ['0', '49', 'x', '']) expect((await cli.run(['recoveries', '--hours', hours])).exitCode).toBe(2);
  });
});
