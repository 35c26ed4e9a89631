import { randomBytes } from 'node:crypto';
import { type Home, readJsonFile, writeFileAtomically } from './home.ts';

/** What makes a page that is open go on after a restart of the agent: the same port and the same cookie. */
export interface PageSession {
  /** 0: any free one. */
  readonly port: number;
  readonly secret: string;
}

const secretBytes = 32;

/** The session of the last start with a page, or a new one. Only the home's owner can read it. */
export function readPageSession(home: Home): PageSession {
  const fresh: PageSession = { port: 0, secret: randomBytes(secretBytes).toString('base64url') };
  try {
    const found = readJsonFile(home.pageFile);
    if (typeof found !== 'object' || found === null) return fresh;
    const { port, secret } = found as Partial<Record<keyof PageSession, unknown>>;
    const isSound = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 && typeof secret === 'string';
    return isSound && secret.length === fresh.secret.length ? { port, secret } : fresh;
  } catch {
    return fresh;
  }
}

export function writePageSession(home: Home, session: PageSession): void {
  writeFileAtomically(home.pageFile, `${JSON.stringify(session)}\n`);
}
