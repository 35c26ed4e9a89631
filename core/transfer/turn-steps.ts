/**
 * When the turn of each asked block came: the last byte of any block that was asked of the same peer before it. A staircase of
 * (sequence, instant) that rises in both; a later byte of an earlier block replaces all steps that it dominates, so the list stays short
 * as long as blocks come about in the order asked.
 */
export class TurnSteps {
  #steps: { readonly sequence: number; readonly at: number }[] = [];

  /** Bytes of the block asked as number `sequence` came at `at`; no ask older than `oldestOpen` is open. */
  bytesCame(sequence: number, at: number, oldestOpen: number): void {
    while ((this.#steps.at(-1)?.sequence ?? -1) >= sequence) this.#steps.pop();
    this.#steps.push({ sequence, at });
    let first = 0;
    while ((this.#steps[first + 1]?.sequence ?? Infinity) <= oldestOpen) first += 1;
    if (first > 0) this.#steps.splice(0, first);
  }

  /** All clocks start anew at `at`. */
  restart(at: number): void {
    this.#steps = [{ sequence: -1, at }];
  }

  /** The last byte of a block up to `sequence`: its own bytes count too, for a block on its way is judged by its rate (FET-5). */
  before(sequence: number): number {
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const step = this.#steps[i];
      if (step && step.sequence <= sequence) return step.at;
    }
    return -Infinity;
  }
}
