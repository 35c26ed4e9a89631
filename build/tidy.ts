import type { SourceFile } from './layer-check.ts';

export const lineCountMax = 400;

/** Files that may be longer, each with the reason why two would be worse. */
export const longFiles: Readonly<Record<string, string>> = {};

/** Facts of the machine at hand that no file may contain. */
export interface MachinePaths {
  readonly projectRoot: string;
  readonly homeFolder: string;
}

const codePattern = /\.(ts|tsx|mts|mjs|cjs|js|css)$/;

/** Spelt in two parts, so that this file passes its own check. */
const unfinishedPattern = new RegExp(`\\b(${'TO'}DO|${'FIX'}ME|${'XX'}X)\\b`);

/** House rules that neither compiler nor linter knows. One line of text for each thing that breaks one. */
export function checkTidiness(files: readonly SourceFile[], machine: MachinePaths): string[] {
  return [...files.flatMap((file) => checkFile(file, machine)), ...checkExemptions(files)];
}

function checkFile({ path, text }: SourceFile, machine: MachinePaths): string[] {
  const faults: string[] = [];
  const lineCount = countLines(text);
  if (codePattern.test(path) && lineCount > lineCountMax && longFiles[path] === undefined) {
    faults.push(`${path}: ${lineCount} lines, more than ${lineCountMax}; it is asking to be two`);
  }
  text.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`;
    if (unfinishedPattern.test(line)) faults.push(`${at}: finish it, or write it down as a limit`);
    if (containsFolder(line, machine.projectRoot) || containsFolder(line, machine.homeFolder)) faults.push(`${at}: a path of this machine`);
    if (path === 'package-lock.json' && line.includes('"resolved":')) faults.push(`${at}: names a registry; see .npmrc`);
  });
  return faults;
}

function checkExemptions(files: readonly SourceFile[]): string[] {
  const isLong = (path: string): boolean => files.some((file) => file.path === path && countLines(file.text) > lineCountMax);
  return Object.keys(longFiles)
    .filter((path) => !isLong(path))
    .map((path) => `${path}: listed as a long file, but it is not one`);
}

const countLines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

function containsFolder(line: string, folder: string): boolean {
  const trimmed = folder.replace(/\/+$/, '');
  return trimmed !== '' && line.includes(`${trimmed}/`);
}
