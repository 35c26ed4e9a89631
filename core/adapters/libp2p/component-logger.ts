import type { ComponentLogger, Logger as Libp2pLog } from '@libp2p/interface';
import type { Logger } from '../../ports/index.ts';

/**
 * libp2p's diagnostics as one debug event per error of its own. Its plain and trace messages are dropped unformatted: they are
 * written for every frame.
 */
export function componentLogger(logger: Logger): ComponentLogger {
  return { forComponent: (component) => createLog(logger, component) };
}

function createLog(logger: Logger, component: string): Libp2pLog {
  const ignore = (): void => undefined;
  return Object.assign(ignore, {
    enabled: false,
    trace: ignore,
    error: (formatter: unknown, ...values: unknown[]): void => {
      const cause = values.find((value) => value instanceof Error);
      logger.log('debug', 'libp2p-error', { component, text: String(formatter), cause: cause?.name, message: cause?.message });
    },
    newScope: (name: string) => createLog(logger, `${component}:${name}`),
  });
}
