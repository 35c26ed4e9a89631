import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { parseLabOptions } from './lab-options.ts';
import { labOfAgent, labOfFolder } from './leftovers.ts';
import { fairWeather } from './relay-flow.ts';
import { RelayServer } from './relay-server.ts';
import { formatLabReport, type ScenarioResult, suiteReport } from './report.ts';
import { scenarios } from './scenarios.ts';

const names = ['sleep', 'storm'];

describe('options', () => {
  test('everything is chosen unless something is; the short form runs side by side', () => {
    expect(parseLabOptions([], names, 'fresh')).toMatchObject({
      ok: true,
      value: { short: false, lanes: 1, seed: 'fresh', only: new Set(names) },
    });
    expect(parseLabOptions(['--short', '--only', 'storm', '--seed=x', '--lanes', '2'], names, 'fresh')).toMatchObject({
      ok: true,
      value: { short: true, lanes: 2, seed: 'x', only: new Set(['storm']) },
    });
  });

  test.each([[['--only', 'strom']], [['--lanes', '0']], [['--lanes', 'two']], [['--faster']]])('%j is refused in words', (args) => {
    const parsed = parseLabOptions(args, names, 'fresh');
    expect(parsed.ok ? '' : parsed.error).toMatch(/storm|--lanes|--faster/);
  });
});

describe('what earlier labs have left', () => {
  test('is known by the number of its process', () => {
    expect(labOfFolder('dormouse-lab-123-aB3')).toBe(123);
    expect(labOfAgent('/x/node /x/main/cli.ts --home /tmp/dormouse-lab-123-aB3/sleep/anna/home daemon --name anna')).toBe(123);
  });

  test('other folders and programs are none, not even a look into it', () => {
    expect(labOfFolder('dormouse-kept-lab-123-aB3')).toBeUndefined();
    expect(labOfFolder('dormouse-bench-123-aB3')).toBeUndefined();
    expect(labOfAgent('tail -f /tmp/dormouse-lab-123-aB3/sleep/anna/home.log')).toBeUndefined();
    expect(labOfAgent('/x/node /x/main/cli.ts --home /home/me/.dormouse daemon')).toBeUndefined();
  });
});

describe('report', () => {
  const result = (name: string, outcome: ScenarioResult['outcome'], figures: ScenarioResult['figures'] = []): ScenarioResult => ({
    ...{ name, proves: `that ${name} works`, rules: ['SES-6'], outcome, seconds: 12.3, figures },
  });
  const results = [
    result('sleep', { kind: 'passed' }, [
      { label: 'until live', value: 0.5, unit: 's', target: 1 },
      { label: 'until even', value: 2.5, unit: 's', target: 2 },
      { label: 'edits', value: 7, unit: '' },
    ]),
    result('storm', { kind: 'failed', text: 'lost' }),
    result('trickle', { kind: 'skipped', reason: 'no root' }),
  ];

  test('has each figure beside its target', () => {
    const head = { schema: 1, startedAt: '', finishedAt: '', form: 'short', seed: 'x', lanes: 2, loadBefore: 0, loadAfter: 1 } as const;
    const lines = formatLabReport({ ...head, scenarios: results })
      .split('\n')
      .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
    expect(lines).toContain('sleep | passed after 12 s');
    expect(lines).toContain('until live | 0.50 s | at most 1.00 s | within target');
    expect(lines).toContain('until even | 2.50 s | at most 2.00 s | OVER TARGET');
    expect(lines).toContain('edits | 7');
    expect(lines).toContain('1 passed, 1 failed, 1 skipped');
  });

  test('tells the suite what passed, and names the rest by its rules', () => {
    expect(suiteReport(results)).toEqual({
      name: 'lab',
      passed: 1,
      failed: ['lab: SES-6 storm: that storm works'],
      skipped: ['lab: SES-6 trickle: that trickle works (no root)'],
    });
  });

  test('scenarios have names of their own and rules that they prove', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { rules } of scenarios) expect(rules.join(' ')).toMatch(/^([A-Z]{3}-\d+ ?)+$/);
  });
});

describe('relay', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** What the far side of a relay has received; the near side is the socket to write to. */
  async function relayed(): Promise<{
    readonly relay: RelayServer;
    readonly near: Socket;
    readonly far: Socket;
    readonly heard: () => Buffer;
  }> {
    const target: Server = createServer();
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const address = target.address();
    const targetPort = typeof address === 'object' && address !== null ? address.port : 0;
    const relay = await RelayServer.listen({ listenHost: '127.0.0.1', listenPort: 0, targetHost: '127.0.0.1', targetPort });
    const near = connect({ host: '127.0.0.1', port: relay.port });
    const [far] = (await once(target, 'connection')) as [Socket];
    ends.push(() => {
      target.close();
      relay.close();
      near.destroy();
      far.destroy();
    });
    const chunks: Buffer[] = [];
    far.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { relay, near, far, heard: () => Buffer.concat(chunks) };
  }

  test('passes everything on in order, and the end too', async () => {
    const { near, far, heard } = await relayed();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    near.end(sent);
    await once(far, 'end');
    expect(heard().equals(sent)).toBe(true);
  });

  test('delays', async () => {
    const { relay, near, far } = await relayed();
    relay.setWeather({ delayMs: 120, trickle: null });
    const sentAtMs = performance.now();
    near.write('late');
    await once(far, 'data');
    expect(performance.now() - sentAtMs).toBeGreaterThan(115);
  });

  test('lets a trickle through, and the rest when the weather is fair again', async () => {
    const { relay, near, far, heard } = await relayed();
    relay.setWeather({ delayMs: 0, trickle: { bytes: 1, everyMs: 3_600_000 } });
    near.write('trickle');
    await once(far, 'data');
    expect(heard().toString()).toBe('t');
    relay.setWeather(fairWeather);
    near.end();
    await once(far, 'end');
    expect(heard().toString()).toBe('trickle');
  });

  test('a side that is gone is gone for the other', async () => {
    const { near, far } = await relayed();
    far.resetAndDestroy();
    await once(near, 'close');
    expect(near.destroyed).toBe(true);
  });
});
