import type { DesktopApp } from '../../main/testing/desktop-app.ts';

/** A timer of so long is watched; its own length is part of every delay. */
const resolutionMs = 10;

/** How late the event loop of a program's main was, ms, since the last reset. The timer's own 10 ms are in each of them. */
export interface EventLoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Histogram {
  enable(): boolean;
  reset(): void;
  percentile(percentile: number): number;
  readonly max: number;
}

/** The main process's global object. The histogram is put there through the driver: nothing of it is in the product. */
interface WatchedMain {
  benchEventLoop?: Histogram;
}

/** Begins to watch the event loop of the program's main, or begins anew. */
export async function watchEventLoop({ app }: DesktopApp): Promise<void> {
  await app.evaluate((_electron, resolution) => {
    const main = globalThis as WatchedMain;
    main.benchEventLoop ??= process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution });
    main.benchEventLoop.enable();
    main.benchEventLoop.reset();
  }, resolutionMs);
}

/** What was seen since {@link watchEventLoop}. */
export async function readEventLoop({ app }: DesktopApp): Promise<EventLoopDelay> {
  return app.evaluate(() => {
    const histogram = (globalThis as WatchedMain).benchEventLoop;
    if (histogram === undefined) throw new Error('the event loop is not watched');
    const nanosecondsPerMs = 1e6;
    return {
      p50Ms: histogram.percentile(50) / nanosecondsPerMs,
      p99Ms: histogram.percentile(99) / nanosecondsPerMs,
      maxMs: histogram.max / nanosecondsPerMs,
    };
  });
}
