/** Runs tasks one after another, in the order in which they asked. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs `task` when all earlier ones have settled; settles as `task` does. Not reentrant. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    this.#waiting += 1;
    const mine = before.then(task, task);
    this.#tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** A mutex per key; keys that nobody uses take no memory. */
export class KeyedMutex<K> {
  readonly #mutexes = new Map<K, Mutex>();

  async run<T>(key: K, task: () => Promise<T>): Promise<T> {
    let mutex = this.#mutexes.get(key);
    if (!mutex) this.#mutexes.set(key, (mutex = new Mutex()));
    try {
      return await mutex.run(task);
    } finally {
      if (!mutex.busy) this.#mutexes.delete(key);
    }
  }
}

/** Lets at most `limit` tasks run at once; the others wait in order. */
export class Semaphore {
  readonly #waiters: (() => void)[] = [];
  #free: number;

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiters.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiters.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
