import { parentPort } from 'node:worker_threads';
import { present } from '../../base/index.ts';
import { runFileJob } from './file-jobs.ts';
import type { FileJobReply, FileJobs, FileJobsReply } from './file-messages.ts';

const port = present(parentPort, 'parent port: this file runs in a worker');

port.on('message', ({ id, jobs }: FileJobs) => {
  const replies = jobs.map(runFileJob);
  const message: FileJobsReply = { id, kind: 'done', replies };
  port.postMessage(message, replies.flatMap(buffersOf));
});

/** The memory of what was read is handed over, not copied. */
function buffersOf(reply: FileJobReply): ArrayBuffer[] {
  const content = reply.ok && reply.value && 'content' in reply.value ? reply.value.content : undefined;
  return content ? [content.buffer as ArrayBuffer] : [];
}
