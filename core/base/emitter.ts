/** One kind of event with its listeners. A listener that throws is a bug and stops the emit loudly. */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => void>();

  /** Adds `listener`; the returned function removes it. */
  on(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: T): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
