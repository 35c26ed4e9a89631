import { SECOND_MS } from '../../core/base/index.ts';
import type { PlainDesktop } from '../../main/testing/plain-desktop.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';
import { type GaugeValues, startGauges } from './desktop-rows.ts';
import type { DesktopStage } from './desktop-stage.ts';

const paintMsMax = 60_000;

/** Starts the program twice on one home, first a new one, and finds when its window showed the first content of its page. */
export async function measureDesktopStart(desktop: DesktopStage): Promise<GaugeValues> {
  const values = new Map<(typeof startGauges)[keyof typeof startGauges], number>();
  for (const gauge of [startGauges.firstPaint, startGauges.nextPaint]) {
    const program = desktop.start('starter');
    // Whoever looks takes time from the program that starts: the page tells afterwards when it was.
    await desktop.agent('starter').untilReady();
    values.set(gauge, await paintSeconds(program));
    await program.stop();
  }
  return values;
}

/** From the start of the program to the first content of its window, by the page's own record. */
async function paintSeconds(program: PlainDesktop): Promise<number> {
  const paintedAtMs = await waitFor('the window shows its page', paintMsMax, async () => {
    const found = await program.evaluate(
      "performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => performance.timeOrigin + startTime)[0]",
    );
    return typeof found === 'number' ? found : undefined;
  });
  return (paintedAtMs - program.startedAtMs) / SECOND_MS;
}
