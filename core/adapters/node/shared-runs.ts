/**
 * Runs a task per key so that callers share: whoever asks while a run is under way gets the next one, together with all others who ask
 * until that one begins. So every caller's run begins after its call, as a sync must.
 */
export class SharedRuns<K, T> {
  readonly #running = new Map<K, Promise<T>>();
  readonly #next = new Map<K, Promise<T>>();

  run(key: K, task: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next) return next;
    const running = this.#running.get(key);
    if (!running) return this.#start(key, task);
    const begin = (): Promise<T> => {
      this.#next.delete(key);
      return this.#start(key, task);
    };
    const queued = running.then(begin, begin);
    this.#next.set(key, queued);
    return queued;
  }

  #start(key: K, task: () => Promise<T>): Promise<T> {
    const run = task().finally(() => {
      if (this.#running.get(key) === run) this.#running.delete(key);
    });
    this.#running.set(key, run);
    return run;
  }
}
