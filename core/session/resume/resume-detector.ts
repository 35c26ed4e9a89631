import type { Clock, Network, Power } from '../../ports/index.ts';
import { sampleClocks } from './clock-sample.ts';
import { isWorthSampling } from './frame-look.ts';
import type { WakeAction, WakeSignal } from './fuse.ts';
import { awakeSince, fuse } from './fuse.ts';
import { watchTick } from './late-tick.ts';
import { watchNetwork } from './network-change.ts';
import { watchPower } from './power-word.ts';

export interface ResumeDetectorOptions {
  readonly clock: Clock;
  readonly power: Power;
  readonly network: Network;
  /** For a suspend, what it returns is waited for before the platform is told that the host may sleep. */
  readonly onAction: (action: WakeAction) => Promise<void> | void;
}

/** Watches the clocks, the power source and the network, and tells what {@link fuse} makes of them. */
export interface ResumeDetector {
  /** Called for every received frame, because one may come before the tick. Costs two clock readings. */
  look(): void;
  /** `dormouse suspend` and `dormouse resume`. */
  suspendByHand(): void;
  resumeByHand(): void;
  stop(): void;
}

export function createResumeDetector({ clock, power, network, onAction }: ResumeDetectorOptions): ResumeDetector {
  let state = awakeSince(sampleClocks(clock));
  const take = (signal: WakeSignal): Promise<unknown> => {
    const fused = fuse(state, signal, sampleClocks(clock));
    state = fused.state;
    return Promise.all(fused.actions.map(async (action) => onAction(action)));
  };
  /** What the last words of a suspend wait for. One that is told twice, by two sources, is not over before the work of the first one is. */
  let suspending: Promise<unknown> = Promise.resolve();
  const onSuspend = (ready: () => void): void => {
    suspending = Promise.all([suspending, take('power-suspend')]);
    void suspending.finally(ready);
  };
  const stops = [
    watchTick(clock, () => void take('tick')),
    watchPower(power, onSuspend, () => void take('power-resume')),
    watchNetwork(network, () => void take('network-changed')),
  ];
  return {
    look: () => {
      if (isWorthSampling(state.sample, clock.wallNow(), clock.monoNow())) void take('look');
    },
    suspendByHand: () => void take('hand-suspend'),
    resumeByHand: () => void take('hand-resume'),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
