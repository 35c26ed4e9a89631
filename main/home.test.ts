import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiAccess, quoteForShell, readApiFile, removeApiFile, writeApiFile } from './api-file.ts';
import { type Home, defaultHomeFolder, homeInUseText, locateHome, prepareHome, readHolder, removeHolder, writeHolder } from './home.ts';

let folder: string;
let home: Home;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-home-'));
  home = locateHome('state', folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const deadPid = 2 ** 22 + 1;

describe('where the home is', () => {
  test.each([
    ['linux', {}, '/u/.local/state/dormouse'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/dormouse'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/u/.local/state/dormouse'],
    ['darwin', {}, '/u/Library/Application Support/Dormouse'],
  ] as const)('on %s with %j it is %s', (platform, env, expected) => {
    expect(defaultHomeFolder({ platform, env, userFolder: '/u' })).toBe(expected);
  });

  test('a given one is relative to where the person stands', () => expect(home.folder).toBe(join(folder, 'state')));
});

describe('preparing the home', () => {
  test('it is for its owner alone, also when it was not before', () => {
    mkdirSync(home.folder, { mode: 0o755 });
    chmodSync(home.folder, 0o755);
    expect(prepareHome(home)).toEqual({ ok: true });
    expect(statSync(home.folder).mode & 0o777).toBe(0o700);
    expect(prepareHome(home)).toEqual({ ok: true });
  });

  test('a folder with other files that others may use is not taken over', () => {
    mkdirSync(home.folder);
    chmodSync(home.folder, 0o755);
    writeFileSync(join(home.folder, 'holiday.jpg'), '');
    const prepared = prepareHome(home);
    expect(prepared).toMatchObject({ ok: false, error: { text: expect.stringContaining('--home DIR') } });
    expect(statSync(home.folder).mode & 0o777).toBe(0o755);
  });

  test('a file in its place is named', () => {
    writeFileSync(home.folder, '');
    expect(prepareHome(home)).toMatchObject({
      ok: false,
      error: { text: expect.stringContaining(`${home.folder} cannot be used: a file is in the way`) },
    });
  });
});

describe('who runs on the home', () => {
  beforeEach(() => prepareHome(home));

  test('a living holder is named with the remedy', () => {
    writeHolder(home, 'it is starting');
    expect(readHolder(home)).toEqual({ pid: process.pid, phase: 'it is starting' });
    expect(homeInUseText(home)).toContain(`(pid ${process.pid})`);
    removeHolder(home);
    expect(readHolder(home)).toBeUndefined();
  });

  test('a dead one does not count', () => {
    writeFileSync(home.holderFile, JSON.stringify({ pid: deadPid, phase: '' }));
    expect(readHolder(home)).toBeUndefined();
    expect(homeInUseText(home)).toContain('another process');
  });
});

describe('the file with the way to the API', () => {
  const access: ApiAccess = { url: 'http://127.0.0.1:4567', token: 'secret', pid: process.pid, incarnation: '0123456789abcdef' };
  beforeEach(() => prepareHome(home));

  test('is for its owner alone, whole, and leaves nothing beside it', () => {
    writeApiFile(home, access);
    expect(statSync(home.apiFile).mode & 0o777).toBe(0o600);
    expect(readApiFile(home)).toEqual({ ok: true, value: access });
    expect(readdirSync(home.folder).filter((name) => name.startsWith('api'))).toEqual(['api.json']);
  });

  test('goes with its agent, but not with another one', () => {
    writeApiFile(home, { ...access, token: 'later' });
    removeApiFile(home, access);
    expect(existsSync(home.apiFile)).toBe(true);
    removeApiFile(home, { ...access, token: 'later' });
    expect(existsSync(home.apiFile)).toBe(false);
  });

  test('of a killed agent is recognised', () => {
    writeApiFile(home, { ...access, pid: deadPid });
    expect(readApiFile(home)).toMatchObject({
      ok: false,
      error: { kind: 'no-agent', text: expect.stringContaining(`pid ${deadPid}, ended without cleaning up`) },
    });
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['half', '{"url":"http://127.0.'],
    ['of something else', '{"url":"http://192.0.2.1:80","token":"t","pid":1,"incarnation":"x"}'],
  ])('that is %s means no agent', (_title, content) => {
    if (content !== undefined) writeFileSync(home.apiFile, content);
    expect(readApiFile(home)).toMatchObject({ ok: false, error: { kind: 'no-agent', text: expect.stringContaining('dormouse daemon') } });
  });

  test('of an agent that is still starting says so', () => {
    writeHolder(home, 'it waits for the key store');
    expect(readApiFile(home)).toMatchObject({
      ok: false,
      error: { text: expect.stringContaining('not ready yet: it waits for the key store') },
    });
  });
});

test('commands that are shown can be pasted into a shell', () => {
  expect(quoteForShell('/home/me')).toBe('/home/me');
  expect(quoteForShell("/it's here")).toBe(`'/it'\\''s here'`);
});
