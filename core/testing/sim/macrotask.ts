/**
 * Waits for real turns of the event loop. Between two turns the runtime empties the whole queue of microtasks, so one turn lets
 * every chain of promises run until it waits for something that only a later event can settle.
 */
export class Turns {
  readonly #channel = new MessageChannel();
  #resolve: (() => void) | undefined;

  constructor() {
    this.#channel.port2.on('message', () => {
      const resolve = this.#resolve;
      this.#resolve = undefined;
      resolve?.();
    });
    this.#channel.port2.unref();
  }

  /** Resolves in a later turn of the event loop. Not to be called again before it has. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.port2.ref();
      this.#resolve = () => {
        this.#channel.port2.unref();
        resolve();
      };
      this.#channel.port1.postMessage(0);
    });
  }

  close(): void {
    this.#channel.port1.close();
  }
}
