import type { ServerResponse } from 'node:http';
import { BoundedQueue } from '../core/base/index.ts';
import type { ApiEvent, ApiService } from '../core/api/index.ts';
import { limits } from '../core/model/index.ts';

/**
 * Writes every event from now on as one line of JSON, until the reader goes away. While the reader does not take them, at most
 * `queueMax` events wait; what comes on top is dropped and shows as a gap in the sequence numbers.
 */
export function streamEvents(service: ApiService, response: ServerResponse, queueMax: number = limits.apiEventQueueMax): void {
  const queue = new BoundedQueue<ApiEvent>(queueMax);
  let isBlocked = false;
  const flush = (): void => {
    isBlocked = false;
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      if (response.write(`${JSON.stringify(event)}\n`)) continue;
      isBlocked = true;
      return;
    }
  };
  const unsubscribe = service.onEvent((event) => {
    queue.push(event);
    if (!isBlocked) flush();
  });
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  // The reader learns at once that it is connected: what happens after that is in the stream.
  response.flushHeaders();
  response.on('drain', flush);
  response.on('error', () => undefined);
  response.once('close', unsubscribe);
}
