const compactAtMin = 1024;

/** Items in the order in which they are to be taken. Lazy: whoever takes one checks whether it is still to be had. */
export class LazyQueue<T extends { readonly done: boolean }> {
  #items: T[] = [];
  #head = 0;
  #compactAt = compactAtMin;

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length - this.#head > this.#compactAt) this.#compact();
  }

  /** The first item that `isValid`; those before it are dropped for good. */
  peek(isValid: (item: T) => boolean): T | undefined {
    for (; this.#head < this.#items.length; this.#head++) {
      const item = this.#items[this.#head];
      if (item && isValid(item)) return item;
    }
    this.#items = [];
    this.#head = 0;
    return undefined;
  }

  shift(): void {
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** A queue that nobody takes from (a suspect peer's) must not grow with every change of mind. */
  #compact(): void {
    this.#items = [...new Set(this.#items.slice(this.#head))].filter((item) => !item.done);
    this.#head = 0;
    this.#compactAt = Math.max(compactAtMin, this.#items.length * 2);
  }
}
