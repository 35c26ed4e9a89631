import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, createContext, use, useLayoutEffect, useRef, useState } from 'react';

/** The element that scrolls the whole view; lists of any length share it. */
export const ScrollContext = createContext<HTMLElement | null>(null);

/** What is drawn beyond what can be seen, on each side in px, so that a quick scroll shows no gaps. */
const overscanHeight = 512;

interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Height of a row in px before it was measured. */
  readonly rowHeight: number;
  readonly label: string;
  readonly children: (item: T, index: number) => ReactNode;
}

/** A list of which only what can be seen is in the document, however long it is. */
export function VirtualList<T>({ items, keyOf, rowHeight, label, children }: VirtualListProps<T>): ReactNode {
  const scroller = use(ScrollContext);
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  // What lies above may grow and shrink by itself.
  useLayoutEffect(() => {
    if (list.current === null || scroller === null) return;
    const { top: listTop } = list.current.getBoundingClientRect();
    setTop(Math.round(listTop - scroller.getBoundingClientRect().top + scroller.scrollTop));
  });
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index] as T),
    overscan: Math.ceil(overscanHeight / rowHeight),
    scrollMargin: top,
  });
  return (
    <ul className="virtual" aria-label={label} ref={list} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => (
        <li
          key={key}
          data-index={index}
          ref={virtualizer.measureElement}
          aria-setsize={items.length}
          aria-posinset={index + 1}
          className={index > 0 ? 'row-line' : undefined}
          style={{ transform: `translateY(${start - top}px)` }}
        >
          {children(items[index] as T, index)}
        </li>
      ))}
    </ul>
  );
}
