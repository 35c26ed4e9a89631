import { Emitter } from '../base/index.ts';
import type { Power, PowerEvent } from '../ports/index.ts';

/** One subscription to a source that should have only one (a child process may stand behind it), told on to any number of listeners. */
export function sharedPower(power: Power): Power {
  const events = new Emitter<PowerEvent>();
  let listeners = 0;
  let stopSource: (() => void) | undefined;
  return {
    subscribe: (listener) => {
      const off = events.on(listener);
      if (listeners++ === 0) stopSource = power.subscribe((event) => events.emit(event));
      let active = true;
      return () => {
        if (!active) return;
        active = false;
        off();
        if (--listeners === 0) stopSource?.();
      };
    },
  };
}
