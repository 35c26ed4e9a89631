import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ApiEvent, type Status, settingsSchema } from '../../core/api/index.ts';
import { locateHome } from '../home.ts';
import { exampleFolder, exampleStatus } from '../testing/example-status.ts';
import { readAsk } from './asks.ts';
import { autostartEntry, autostartFile, setAutostart } from './login-item.ts';
import { conflictNotice, noticeOf } from './notices.ts';
import { inviteOfLink, readDesktopOptions } from './options.ts';
import { contentSecurityPolicy, isExternalPage, isWindowPage, pageFileOf } from './page-address.ts';
import { pauseEnd } from './pause-end.ts';
import { placeOfWindow, rememberPlace, windowSize } from './window-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'dormouse-desktop-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the way the program is started', () => {
  test('reads its options among the runtime’s own switches', () => {
    const args = [
      '--no-sandbox',
      '--home',
      '/h',
      '--disable-gpu',
      '--keys',
      'file',
      '--hidden',
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--no-discovery',
    ];
    expect(readDesktopOptions(args)).toEqual({
      home: '/h',
      name: undefined,
      keys: 'file',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      discovery: false,
      hidden: true,
      invite: undefined,
    });
    expect(readDesktopOptions(['--keys', 'elsewhere']).keys).toBeUndefined();
  });

  test('SEC-3 takes an invite from a link, and nothing else', () => {
    expect(readDesktopOptions(['dormouse:pair/abc']).invite).toBe('dormouse:pair/abc');
    expect(inviteOfLink('DORMOUSE:pair/abc')).toBe('DORMOUSE:pair/abc');
    expect(inviteOfLink('https://elsewhere.example/dormouse:pair')).toBeUndefined();
    expect(inviteOfLink(`dormouse:${'x'.repeat(5_000)}`)).toBeUndefined();
  });
});

describe('what the window may load and open', () => {
  test('only files of the page, by plain names', () => {
    expect(pageFileOf('dormouse-app://window/index.html')).toBe('index.html');
    expect(pageFileOf('dormouse-app://window/assets/main-1a2b.js')).toBe('assets/main-1a2b.js');
    for (const url of [
      'dormouse-app://window/../../etc/passwd',
      'dormouse-app://window/%2e%2e%2fsecret',
      'dormouse-app://window/assets/..%2f..%2fsecret',
      'dormouse-app://window/.hidden',
      'dormouse-app://other/index.html',
      'file:///etc/passwd',
      'nonsense',
    ])
      expect(pageFileOf(url), url).toBeUndefined();
  });

  test('only its own page, whatever its fragment', () => {
    expect(isWindowPage('dormouse-app://window/index.html#/devices')).toBe(true);
    for (const url of ['dormouse-app://evil/index.html', 'https://window/index.html', 'dormouse-app://window/other.html', 'about:blank'])
      expect(isWindowPage(url), url).toBe(false);
  });

  test('only the project’s pages in the browser', () => {
    expect(isExternalPage('https://dormouse.example/help')).toBe(true);
    for (const url of [
      'http://dormouse.example/',
      'https://dormouse.example.evil.test/',
      'https://me@dormouse.example/',
      'file:///etc/passwd',
      'javascript:alert(1)',
    ])
      expect(isExternalPage(url), url).toBe(false);
  });

  test('no inline script, no frame, no form, nothing from elsewhere', () => {
    expect(contentSecurityPolicy).not.toContain('unsafe');
    expect(contentSecurityPolicy).toContain("default-src 'none'");
    expect(contentSecurityPolicy).not.toContain('http');
  });
});

describe('what the page asks for', () => {
  test('is taken only as it must be', () => {
    expect(readAsk('open-link', { url: 'https://x.test', more: 1 })).toEqual({ what: 'open-link', request: { url: 'https://x.test' } });
    for (const [what, request] of [
      ['open-link', { url: 7 }],
      ['open-link', {}],
      ['open-link', null],
      ['open-link', { url: 'x'.repeat(20_000) }],
      ['run-program', { file: 'x' }],
      ['toString', {}],
      [7, {}],
      ['save-diagnostics', { hashNames: 'yes' }],
    ] as const)
      expect(readAsk(what, request), JSON.stringify([what, request]).slice(0, 80)).toBeUndefined();
  });
});

describe('the window’s place', () => {
  const home = locateHome(folder, '/');
  const display = { x: 0, y: 0, width: 1920, height: 1080 };

  test('is where it was, if a display still shows it', () => {
    expect(placeOfWindow(home, [display])).toEqual({ width: windowSize.width, height: windowSize.height });
    rememberPlace(home, { x: 100, y: 50, width: 900, height: 700 });
    expect(placeOfWindow(home, [display])).toEqual({ x: 100, y: 50, width: 900, height: 700 });
    expect(placeOfWindow(home, [{ x: 2000, y: 0, width: 800, height: 600 }])).toEqual({ width: 900, height: 700 });
    rememberPlace(home, { x: 100, y: 5_000, width: 10, height: 10 });
    expect(placeOfWindow(home, [display])).toEqual({ width: windowSize.widthMin, height: windowSize.heightMin });
  });
});

describe('start at login', () => {
  test('is a desktop entry with every word quoted', () => {
    const entry = autostartEntry({ file: '/opt/My Apps/dor%mouse', args: ['--hidden', 'a"b$c'] });
    expect(entry).toContain('Exec="/opt/My Apps/dor%%mouse" --hidden "a\\\\"b\\\\$c"');
    const path = autostartFile({ XDG_CONFIG_HOME: join(folder, 'config') }, '/nowhere');
    setAutostart(path, { file: '/usr/bin/dormouse', args: ['--hidden'] });
    expect(readFileSync(path, 'utf8')).toContain('Exec=/usr/bin/dormouse --hidden\n');
    setAutostart(path, undefined);
    setAutostart(path, undefined);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});

describe('notifications', () => {
  const settings = settingsSchema.parse({ name: 'mine' });
  const names = { folder: () => 'docs\u001b', device: () => 'Anna' };
  const event = (kind: string, more: Partial<ApiEvent> = {}): ApiEvent => ({
    sequence: 1,
    at: '2026-11-20T12:00:00Z',
    kind,
    level: 'info',
    ...more,
  });

  test('come for what a person must do, and stop where they are switched off', () => {
    const asked = event('folder-offered-here', { device: 'a', folder: 'f', fields: { name: 'docs' } });
    expect(noticeOf(asked, settings, names)).toMatchObject({ title: 'Anna wants to share a folder', target: { view: 'folders' } });
    expect(noticeOf(asked, { ...settings, 'notifications.deviceAsks': false }, names)).toBeUndefined();
    const stopped = noticeOf(event('folder-stopped', { folder: 'f' }), settings, names);
    expect(stopped?.title).toBe('“docs\\x1b” has stopped syncing');
    for (const kind of ['link-live', 'resumed', 'even', 'published', 'suspended'])
      expect(noticeOf(event(kind), settings, names)).toBeUndefined();
  });
});

describe('the notification of conflicts', () => {
  const settings = settingsSchema.parse({ name: 'mine' });
  const havingConflicts = (conflicts: number): Status => ({ ...exampleStatus, folders: [{ ...exampleFolder, conflicts }] });

  test('comes when there are more than before, and not at the start, for fewer, or switched off', () => {
    expect(conflictNotice(havingConflicts(0), havingConflicts(2), settings)?.body).toContain('“docs”');
    expect(conflictNotice(undefined, havingConflicts(2), settings)).toBeUndefined();
    expect(conflictNotice(havingConflicts(2), havingConflicts(2), settings)).toBeUndefined();
    expect(conflictNotice(havingConflicts(2), havingConflicts(1), settings)).toBeUndefined();
    expect(conflictNotice(havingConflicts(0), havingConflicts(2), { ...settings, 'notifications.conflict': false })).toBeUndefined();
  });
});

describe('a pause from the tray', () => {
  test('ends in an hour, on the next morning, or when the person says so', () => {
    const now = new Date(2026, 10, 20, 22, 15);
    expect(pauseEnd('hour', now)).toBe(new Date(2026, 10, 20, 23, 15).toISOString());
    expect(pauseEnd('tomorrow', now)).toBe(new Date(2026, 10, 21, 7).toISOString());
    expect(pauseEnd('resumed', now)).toBeNull();
  });
});
