import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './daemon-process.ts';

const startMs = 20_000;
const needed = ['dbus-daemon', 'gnome-keyring-daemon', 'gdbus'] as const;

/** Why no real Secret Service can be started here, or undefined where one can. */
export function secretServiceMissing(): string | undefined {
  const missing = needed.filter((program) => spawnSync('which', [program]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** A session bus with an unlocked key store of its own, in a user folder of its own. */
export class SecretSession {
  /** What a program needs to be part of the session. */
  readonly env: Readonly<Record<string, string>>;
  readonly #processes: readonly ChildProcess[];

  private constructor(env: Readonly<Record<string, string>>, processes: readonly ChildProcess[]) {
    this.env = env;
    this.#processes = processes;
  }

  static async start(folder: string): Promise<SecretSession> {
    const [home, runtime] = [join(folder, 'user'), join(folder, 'run')];
    mkdirSync(home, { recursive: true });
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    const own = { HOME: home, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(home, 'data') };
    const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
      env: { ...process.env, ...own },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(bus.stdout, 'data', { signal: AbortSignal.timeout(startMs) })) as [Buffer];
    const env = { ...own, DBUS_SESSION_BUS_ADDRESS: line.toString('utf8').trim() };
    const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    keyring.stdin.end('a password\n');
    const session = new SecretSession(env, [keyring, bus]);
    await waitFor('The key store', startMs, async () => session.#isThere() || undefined);
    return session;
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  }

  /** Asks the bus, not the store: a call to a store that is not there yet would make the bus start another one, which is locked. */
  #isThere(): boolean {
    const question = ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'];
    const method = ['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.freedesktop.secrets'];
    try {
      const answer = execFileSync('gdbus', [...question, ...method], { env: { ...process.env, ...this.env }, encoding: 'utf8' });
      return answer.includes('true');
    } catch {
      return false;
    }
  }
}
