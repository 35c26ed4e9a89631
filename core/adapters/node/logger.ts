import type { LogFields, Logger, LogLevel } from '../../ports/index.ts';
import { RotatingFile } from './rotating-file.ts';
import type { RotatingFileOptions } from './rotating-file.ts';

export interface NodeLoggerOptions {
  /** Where JSON lines go; absent: nowhere. */
  readonly file?: RotatingFileOptions;
  /** From which level on lines go to the file. Default `info`. */
  readonly level?: LogLevel;
  /** From which level on text goes to stderr; `off`: never. Default `info`. */
  readonly textLevel?: LogLevel | 'off';
  /** Stand-ins for tests. */
  readonly writeText?: (text: string) => void;
  readonly now?: () => Date;
}

export interface NodeLogger extends Logger {
  /** Resolves when what was logged is with the operating system. */
  flush(): Promise<void>;
  /** The same at once, for the handler of a crash. */
  flushSync(): void;
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Logs JSON lines to a bounded set of files and text to stderr. */
export function nodeLogger(options: NodeLoggerOptions = {}): NodeLogger {
  const file = options.file ? new RotatingFile(options.file) : undefined;
  const fileRank = rank[options.level ?? 'info'];
  const textLevel = options.textLevel ?? 'info';
  const textRank = textLevel === 'off' ? Infinity : rank[textLevel];
  const writeText = options.writeText ?? writeToStderr;
  const now = options.now ?? (() => new Date());
  return {
    log: (level, event, fields = {}) => {
      const at = now().toISOString();
      if (file && rank[level] >= fileRank) file.add(`${JSON.stringify({ at, level, event, ...fields })}\n`);
      if (rank[level] >= textRank) writeText(textLine(at, level, event, fields));
    },
    flush: async () => file?.flush(),
    flushSync: () => file?.flushSync(),
  };
}

let isStderrGuarded = false;

/** A reader of stderr that went away must not end the program: without a listener its EPIPE would. */
function writeToStderr(text: string): void {
  if (!isStderrGuarded) process.stderr.on('error', () => undefined);
  isStderrGuarded = true;
  process.stderr.write(text);
}

function textLine(at: string, level: LogLevel, event: string, fields: LogFields): string {
  const texts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${fieldText(value)}`]));
  return `${[at.slice(11, 23), level.toUpperCase().padEnd(5), event, ...texts].join(' ')}\n`;
}

/** Bytes that move a terminal's cursor or turn the direction of text are written out: names come from other people's disks. */
function fieldText(value: NonNullable<LogFields[string]> | null): string {
  const text = typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  return text.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
