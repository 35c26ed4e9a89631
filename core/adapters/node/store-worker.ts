import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../base/index.ts';
import { SqliteRows } from './sqlite-rows.ts';
import { runBatch } from './store-batch.ts';
import { isEnding, showBusy } from './store-exit-guard.ts';
import type { StoreReply, StoreRequest, StoreWorkerData, StoreWorkerMessage } from './store-messages.ts';

const port = present(parentPort, 'parent port: this file runs in a worker');
const { path, control } = workerData as StoreWorkerData;

const opened = SqliteRows.open(path);
showBusy(control, false);
tell({ kind: 'opened', error: opened.ok ? undefined : opened.error });

if (opened.ok) {
  port.on('message', (batch: readonly StoreRequest[]) => {
    showBusy(control, true);
    try {
      const replies = runBatch(opened.value, batch, () => isEnding(control));
      tell({ kind: 'replies', replies }, replies.flatMap(buffersOf));
    } finally {
      showBusy(control, false);
    }
    if (batch.at(-1)?.kind === 'close') port.close();
  });
}

function tell(message: StoreWorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** The memory of a reply is handed over, not copied. */
function buffersOf(reply: StoreReply): ArrayBuffer[] {
  return reply.kind === 'values' || reply.kind === 'rows' ? [reply.values.bytes.buffer, reply.values.lengths.buffer] : [];
}
