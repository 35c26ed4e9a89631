/** Runs `task` whenever it is kicked and there is work, never twice at once, and again until there is none. */
export class OneAtATime {
  readonly #hasWork: () => boolean;
  readonly #task: () => Promise<void>;
  #isRunning = false;

  /** `task` must not reject for anything but bugs. */
  constructor(hasWork: () => boolean, task: () => Promise<void>) {
    this.#hasWork = hasWork;
    this.#task = task;
  }

  kick(): void {
    if (this.#isRunning || !this.#hasWork()) return;
    this.#isRunning = true;
    void this.#task().finally(() => {
      this.#isRunning = false;
      this.kick();
    });
  }
}
