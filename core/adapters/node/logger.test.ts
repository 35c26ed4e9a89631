import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeLogger } from './logger.ts';
import { temporaryDirectory } from './test-support.ts';

test('logger: files are JSON lines from the level on, text goes to stderr from its own', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'agent.log');
  const texts: string[] = [];
  const now = (): Date => new Date('2026-01-02T03:04:05.678Z');
  const logger = nodeLogger({ file: { path }, level: 'info', textLevel: 'warn', writeText: (text) => texts.push(text), now });
  logger.log('debug', 'not-kept');
  logger.log('info', 'kept', { count: 3, names: ['a', 'b'], nothing: undefined });
  logger.log('error', 'loud', { path: 'a b', device: 'anna' });
  await logger.flush();
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'kept', count: 3, names: ['a', 'b'] },
    { at: '2026-01-02T03:04:05.678Z', level: 'error', event: 'loud', path: 'a b', device: 'anna' },
  ]);
  expect(texts).toEqual(['03:04:05.678 ERROR loud path="a b" device=anna\n']);
  await directory.remove();
});

test('logger: text from elsewhere cannot steer the terminal', () => {
  const texts: string[] = [];
  nodeLogger({ writeText: (text) => texts.push(text) }).log('info', 'seen', { name: 'a\u001b[31m\u009bx\u202eb\nc' });
  expect(texts[0]).toMatch(/name="a\\u001b\[31m\\u009bx\\u202eb\\nc"\n$/);
});

test('logger: the files are bounded in size and number', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'agent.log');
  const logger = nodeLogger({ file: { path, partBytesMax: 2000, partsMax: 3 }, textLevel: 'off' });
  for (let turn = 0; turn < 60; turn++) {
    logger.log('info', 'line', { turn, text: 'x'.repeat(200) });
    await logger.flush();
  }
  expect((await readdir(directory.path)).sort()).toEqual(['agent.log', 'agent.log.1', 'agent.log.2']);
  for (const name of await readdir(directory.path)) expect((await stat(join(directory.path, name))).size).toBeLessThan(2400);
  expect(await readFile(path, 'utf8')).toContain('"turn":59');
  await directory.remove();
});

test('logger: a disk that takes nothing does not fail the program, and is used again when it does', async () => {
  const directory = await temporaryDirectory();
  const logs = join(directory.path, 'logs');
  const logger = nodeLogger({ file: { path: join(logs, 'agent.log') }, textLevel: 'off' });
  logger.log('info', 'lost');
  await logger.flush();
  await mkdir(logs);
  logger.log('info', 'kept');
  logger.flushSync();
  await logger.flush();
  expect(await readFile(join(logs, 'agent.log'), 'utf8')).toContain('kept');
  await rm(logs, { recursive: true });
  await directory.remove();
});
