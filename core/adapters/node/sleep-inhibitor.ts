import type { HelperCommand } from './helper-program.ts';
import { keepHelper } from './helper-program.ts';

/**
 * Programs that hold logind's lock for as long as the command that they run. Node cannot be handed the file descriptor that the lock
 * is; these can, and `cat` runs until its input, our pipe, ends.
 */
const inhibitors: readonly HelperCommand[] = ['systemd-inhibit', 'elogind-inhibit'].map((program) => [
  program,
  ['--what=sleep', '--mode=delay', '--who=Dormouse', '--why=Other devices are told that this one goes to sleep', 'cat'],
]);

/** Makes logind wait, for as long as it lets anybody (5 s by default), before the host goes to sleep. */
export interface SleepInhibitor {
  /** Takes the lock. Idempotent. */
  hold(): void;
  /** Lets the host sleep. Idempotent. */
  release(): void;
}

/** `commands`: stand-ins for tests. */
export function createSleepInhibitor(commands: readonly HelperCommand[] = inhibitors): SleepInhibitor {
  let release: (() => void) | undefined;
  return {
    hold: () => {
      release ??= keepHelper(commands, () => undefined);
    },
    release: () => {
      release?.();
      release = undefined;
    },
  };
}
