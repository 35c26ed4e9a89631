import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ApiService } from '../core/api/index.ts';
import { MIB } from '../core/base/index.ts';
import type { Home } from './home.ts';
import { type TarItem, tarGz } from './tar.ts';

const tailBytesMax = 2 * MIB;
const filesPerFolderMax = 20;

/** Everything that the archive of INC-2 holds: what a running agent tells (nothing, where none runs), and what the home has. */
export function diagnosticItems(
  fromAgent: readonly { readonly name: string; readonly text: string }[],
  home: Home,
  hashNames: boolean,
): readonly TarItem[] {
  return [...fromAgent.map(({ name, text }) => ({ name, content: Buffer.from(text, 'utf8') })), ...homeDiagnostics(home, hashNames)];
}

/** Writes the archive to `path`, readable by its owner only, in place of what is there. False where that fails. */
export async function packDiagnostics(service: ApiService, home: Home, path: string, hashNames: boolean): Promise<boolean> {
  const reply = await service.call('diagnostics', { hashNames });
  const files = reply.ok ? reply.value.files : [];
  try {
    await writeFile(path, tarGz(diagnosticItems(files, home, hashNames), new Date()), { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** Ends of the newest logs and the reports of crashes, from the disk: they are there also when no agent runs. */
function homeDiagnostics(home: Home, hashNames: boolean): readonly TarItem[] {
  return [home.logFolder, home.incidentFolder].flatMap((folder) =>
    namesIn(folder).map((name) => {
      const text = readTail(join(folder, name));
      return { name: `${basename(folder)}/${asciiName(name)}`, content: Buffer.from(hashNames ? hideNamesInLog(text) : text, 'utf8') };
    }),
  );
}

/** The names that sort last are the newest: logs and reports carry their date or number in it. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => item.name)
      .sort()
      .slice(-filesPerFolderMax);
  } catch {
    return [];
  }
}

function asciiName(name: string): string {
  return name.replace(/[^\w.-]/g, '_').slice(0, 80);
}

/** The last part of a file, from the start of a line on; empty where it cannot be read. */
function readTail(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const length = Math.min(size, tailBytesMax);
    const bytes = Buffer.alloc(length);
    const read = readSync(descriptor, bytes, 0, length, size - length);
    const text = bytes.subarray(0, read).toString('utf8');
    return size > length ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(descriptor);
  }
}

/** Fields of log lines whose text is from a fixed set of ours. */
const openFields: ReadonlySet<string> = new Set([
  'at',
  'time',
  'level',
  'event',
  'kind',
  'code',
  'reason',
  'phase',
  'verb',
  'state',
  'version',
]);

/** Log lines in which every text that is not from a fixed set is a hash, the same one for the same text; what is not JSON is left out. */
export function hideNamesInLog(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => {
      try {
        const fields: unknown = JSON.parse(line);
        return typeof fields === 'object' && fields !== null ? [`${JSON.stringify(hideFields(fields))}\n`] : [];
      } catch {
        return [];
      }
    })
    .join('');
}

function hideFields(fields: object): unknown {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]: [string, unknown]) => [key, openFields.has(key) ? value : hideValue(value)]),
  );
}

function hideValue(value: unknown): unknown {
  if (typeof value === 'string') return `name-${createHash('sha256').update(value).digest('hex').slice(0, 8)}`;
  if (Array.isArray(value)) return value.map(hideValue);
  return typeof value === 'object' && value !== null ? hideFields(value) : value;
}
