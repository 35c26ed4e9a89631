import { Emitter } from '../../base/index.ts';
import type { Power, PowerEvent } from '../../ports/index.ts';
import type { Lane } from './lane.ts';

/** {@link Power} of one run of one program: tells exactly what the simulated host (or a fault plan) makes it tell. */
export class SimPower implements Power {
  readonly #lane: Lane;
  readonly #emitter = new Emitter<PowerEvent>();

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  subscribe(listener: (event: PowerEvent) => void): () => void {
    return this.#emitter.on(listener);
  }

  /** Tells `event` now, or when the program runs again. Platforms double, delay and forget these: so may you. */
  tell(event: PowerEvent): void {
    this.#lane.schedule(0, `${this.#lane.name}:power ${event.kind}`, () => this.#emitter.emit(event));
  }
}
