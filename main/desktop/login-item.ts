import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** What starts the program: its file and its arguments. */
export interface ProgramCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** Where a Linux desktop looks for what to start at login (XDG Autostart). */
export function autostartFile(env: Readonly<Record<string, string | undefined>>, userFolder: string): string {
  const config = env['XDG_CONFIG_HOME'] ?? '';
  return join(isAbsolute(config) ? config : join(userFolder, '.config'), 'autostart', 'dormouse.desktop');
}

/** A desktop entry that starts the program in the tray. */
export function autostartEntry({ file, args }: ProgramCommand): string {
  const words = [file, ...args].map(quoteExecWord).join(' ');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Dormouse',
    'Comment=Keeps folders the same on your laptops',
    `Exec=${words}`,
    'Icon=dormouse',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** Puts the entry there or takes it away. Idempotent. */
export function setAutostart(path: string, command: ProgramCommand | undefined): void {
  if (command === undefined) return rmSync(path, { force: true });
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, autostartEntry(command));
}

/** As the Desktop Entry Specification quotes a word of `Exec`; `%` begins a field code. */
function quoteExecWord(word: string): string {
  const text = word.replaceAll('%', '%%');
  if (/^[A-Za-z0-9_@+=:,./%-]+$/.test(text)) return text;
  return `"${text.replace(/[\\"`$]/g, '\\$&').replaceAll('\\', '\\\\')}"`;
}
