import { describe, expect, test, vi } from 'vitest';
import { clockContract } from '../../testing/contracts/index.ts';
import { nodeClock } from './clock.ts';
import { realPatience } from './test-support.ts';

clockContract('node', async () => ({ ...realPatience, clock: nodeClock, cleanup: async () => undefined }));

describe('node clock', () => {
  test('clock: a delay beyond what setTimeout can hold does not fire at once', () => {
    vi.useFakeTimers();
    try {
      let fired = 0;
      const daysMs = 30 * 86_400_000;
      const timer = nodeClock.setTimer(daysMs, () => (fired += 1));
      vi.advanceTimersByTime(daysMs - 1000);
      expect(fired).toBe(0);
      vi.advanceTimersByTime(2000);
      expect(fired).toBe(1);
      timer.cancel();
    } finally {
      vi.useRealTimers();
    }
  });

  test.runIf(process.platform === 'linux')('SES-6: Linux tells how long the host slept', () => {
    expect(nodeClock.sleepDriftMs()).toBeTypeOf('number');
  });
});
