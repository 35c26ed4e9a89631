import { describe, expect, test } from 'vitest';
import { monoMs } from '../base/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import { PassedOver } from './passed-over.ts';

const hasSource = (): boolean => true;

describe('files without a source', () => {
  test('FET-7 are all taken up to a bound, from there on only those that somebody has', () => {
    const passedOver = new PassedOver();
    expect(passedOver.wish(tuning.waitingFilesMax - 1, hasSource)).toEqual({ anew: false });
    expect(passedOver.wish(tuning.waitingFilesMax, hasSource)).toEqual({ anew: false, mayFetch: hasSource });
    // Room for one is not worth another walk through all of them.
    expect(passedOver.wish(tuning.waitingFilesMax - 1, hasSource)).toEqual({ anew: false, mayFetch: hasSource });
    expect(passedOver.wish(tuning.waitingFilesMax / 2, hasSource)).toEqual({ anew: true });
    expect(passedOver.wish(tuning.waitingFilesMax / 2, hasSource)).toEqual({ anew: false });
  });

  test('FET-7 that were passed over are looked at again when sources come, at once, then no more than once a second', () => {
    const passedOver = new PassedOver();
    expect(passedOver.lookAgainIn(false, monoMs(0))).toBeUndefined();
    passedOver.wish(tuning.waitingFilesMax, hasSource);
    expect(passedOver.lookAgainIn(false, monoMs(5000))).toBe(0);
    expect(passedOver.wish(tuning.waitingFilesMax, hasSource)).toEqual({ anew: true, mayFetch: hasSource });
    expect(passedOver.lookAgainIn(false, monoMs(5400))).toBe(600);
    expect(passedOver.lookAgainIn(true, monoMs(9000))).toBe(tuning.lookAgainMs);
    expect(passedOver.lookAgainIn(false, monoMs(9000))).toBe(0);
  });
});
