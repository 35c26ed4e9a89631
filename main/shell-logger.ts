import type { LogLevel, Logger } from '../core/ports/index.ts';

/** A logger whose level a setting can change while it runs. */
export interface ShellLogger extends Logger {
  setLevel(level: LogLevel): void;
  /** Resolves when what was logged is with the operating system. */
  flush(): Promise<void>;
  /** The same at once, for the last moment of a process. */
  flushSync(): void;
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Passes on to `target` what is of the present level or above; `info` until told otherwise. */
export function shellLogger(target: Logger & Pick<ShellLogger, 'flush' | 'flushSync'>): ShellLogger {
  let levelRank = rank.info;
  return {
    log: (level, event, fields) => {
      if (rank[level] >= levelRank) target.log(level, event, fields);
    },
    setLevel: (level) => (levelRank = rank[level]),
    flush: () => target.flush(),
    flushSync: () => target.flushSync(),
  };
}

export function isLogLevel(value: unknown): value is LogLevel {
  return typeof value === 'string' && Object.hasOwn(rank, value);
}
