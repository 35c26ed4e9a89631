import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from './daemon-process.ts';

const startMs = 20_000;
/** The daemon takes the end of the line as part of it. */
const password = 'a password\n';
const unlockOperation = 1;
const collection = '/org/freedesktop/secrets/aliases/default';
const needed = ['dbus-daemon', 'gnome-keyring-daemon', 'gdbus'] as const;

/** Why no real Secret Service can be started here, or undefined where one can. */
export function secretServiceMissing(): string | undefined {
  const missing = needed.filter((program) => spawnSync('which', [program]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** A session bus with a key store of its own, unlocked at first, in a user folder of its own. */
export class SecretSession {
  /** What a program needs to be part of the session. */
  readonly env: Readonly<Record<string, string>>;
  readonly #processes: readonly ChildProcess[];
  readonly #runtime: string;

  private constructor(env: Readonly<Record<string, string>>, runtime: string, processes: readonly ChildProcess[]) {
    this.env = env;
    this.#runtime = runtime;
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
    keyring.stdin.end(password);
    const session = new SecretSession(env, runtime, [keyring, bus]);
    await waitFor('The key store', startMs, async () => session.#isThere() || undefined);
    return session;
  }

  /** Locks the store, as a session does that is left. */
  lock(): void {
    this.#call('org.freedesktop.secrets', '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock', `['${collection}']`);
  }

  /** Unlocks it over the daemon's own socket, as logging in does: after a byte for the caller's credentials, length, operation and password. */
  async unlock(): Promise<void> {
    const text = Buffer.from(password, 'utf8');
    const request = Buffer.alloc(12 + text.length);
    for (const [at, value] of [request.length, unlockOperation, text.length].entries()) request.writeUInt32BE(value, 4 * at);
    text.copy(request, 12);
    const socket = connect(join(this.#runtime, 'keyring', 'control'));
    socket.write(Buffer.concat([Buffer.of(0), request]));
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(startMs) })) as [Buffer];
    socket.destroy();
    if (answer.readUInt32BE(4) !== 0) throw new Error('the key store stays locked');
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
    try {
      const bus = 'org.freedesktop.DBus';
      return this.#call(bus, '/org/freedesktop/DBus', `${bus}.NameHasOwner`, 'org.freedesktop.secrets').includes('true');
    } catch {
      return false;
    }
  }

  #call(destination: string, object: string, method: string, argument: string): string {
    const place = ['call', '--session', '--dest', destination, '--object-path', object, '--method', method, argument];
    return execFileSync('gdbus', place, { env: { ...process.env, ...this.env }, encoding: 'utf8' });
  }
}
