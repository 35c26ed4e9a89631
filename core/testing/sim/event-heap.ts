/** Something to happen at a virtual instant. `sequence` orders events of one instant by the order of their making. */
export interface HeapEvent {
  readonly timeMs: number;
  readonly sequence: number;
  readonly label: string;
  /** Cleared when the event was cancelled; it then stays in the heap as a husk until its time. */
  run: (() => void) | undefined;
}

/** A binary min-heap of events by (time, sequence). */
export class EventHeap {
  readonly #items: HeapEvent[] = [];

  get length(): number {
    return this.#items.length;
  }

  peek(): HeapEvent | undefined {
    return this.#items[0];
  }

  push(event: HeapEvent): void {
    const items = this.#items;
    let at = items.length;
    items.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as HeapEvent;
      if (!isBefore(event, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = event;
  }

  pop(): HeapEvent | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1] as HeapEvent, items[child] as HeapEvent)) child += 1;
      const below = items[child] as HeapEvent;
      if (!isBefore(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function isBefore(a: HeapEvent, b: HeapEvent): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.sequence < b.sequence);
}
