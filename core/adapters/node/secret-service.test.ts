import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './test-support.ts';

const needed = ['dbus-run-session', 'gnome-keyring-daemon', 'gdbus'];

function missingPrograms(): string[] {
  return needed.filter((program) => {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

/** What the program of a session prints: the outcomes of using the key store, unlocked and then locked. */
const program = `
  import { execFileSync } from 'node:child_process';
  import { osKeychain } from ${JSON.stringify(new URL('./keychain-os.ts', import.meta.url).href)};
  const gdbus = (...args) => execFileSync('gdbus', ['call', '--session', '--dest', 'org.freedesktop.secrets', ...args], { stdio: 'pipe' });
  for (let tries = 0; ; tries++) {
    try {
      gdbus('--object-path', '/org/freedesktop/secrets/aliases/default', '--method', 'org.freedesktop.DBus.Peer.Ping');
      break;
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const word = (result) => (result.ok ? (result.value ? [...result.value].join() : 'nothing') : result.error.kind);
  const keychain = osKeychain();
  const words = [word(await keychain.read('a')), word(await keychain.write('a', Uint8Array.of(1, 0, 255))), word(await keychain.read('a'))];
  gdbus('--object-path', '/org/freedesktop/secrets', '--method', 'org.freedesktop.Secret.Service.Lock', "['/org/freedesktop/secrets/aliases/default']");
  words.push(word(await keychain.read('a')), word(await keychain.read('b')), word(await keychain.write('b', Uint8Array.of(1))));
  console.log(JSON.stringify(words));
  process.exit(0);`;

test('keychain: a real Secret Service keeps a secret, and locked it says locked', { timeout: 60_000 }, async (context) => {
  if (process.platform !== 'linux') return context.skip('Secret Service is of Linux');
  const missing = missingPrograms();
  if (missing.length > 0) return context.skip(`not installed: ${missing.join(', ')}`);
  const directory = await temporaryDirectory();
  const [home, runtime, script] = [join(directory.path, 'home'), join(directory.path, 'run'), join(directory.path, 'session.ts')];
  mkdirSync(home);
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(script, program);
  const session = `printf 'pw\\n' | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 & exec "$0" "$1"`;
  const environment = { ...process.env, HOME: home, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(home, 'data'), DISPLAY: '' };
  const { stdout } = await promisify(execFile)('dbus-run-session', ['--', 'sh', '-c', session, process.execPath, script], {
    env: environment,
  });
  expect(JSON.parse(stdout)).toEqual(['nothing', 'nothing', '1,0,255', 'locked', 'locked', 'locked']);
  await directory.remove();
});
