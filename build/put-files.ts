import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of an earlier build is kept this long: a program that starts meanwhile may just be reading it. */
const leftoverAgeMs = 60_000;

/**
 * Puts a file into `folder` in one step, so that two builds at the same time do no harm to each other or to a program that reads; one
 * that is there already as it is stays untouched.
 */
export async function putFile(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const path = join(folder, name);
  const bytes = Buffer.from(content);
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(bytes) === true) return;
  await mkdir(folder, { recursive: true });
  const fresh = join(folder, `${name}.${process.pid}.new`);
  await writeFile(fresh, bytes);
  await rename(fresh, path);
}

/** Removes files of earlier builds from `folder`, but nothing below it and nothing that is new. */
export async function removeLeftovers(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    if (!item.isFile() || wanted.has(item.name)) continue;
    const path = join(folder, item.name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
    if (age > leftoverAgeMs) await rm(path, { force: true });
  }
}
