// The person who sits at a host of the lab: a small program in the host's own network (an agent's local API is on the loopback address
// there) that passes the lab's calls on and tells what happens. Its life is the host's: when the lab is gone, even by a crash, it
// ends every process of its network, frozen ones included, and itself; the kernel then takes the network away.
import { openApiClient } from '../../main/api-client.ts';
import { locateHome } from '../../main/home.ts';
import { killOthersWithin, networkNamespaceOf } from '../bench/namespace.ts';
import type { SeatOrder, SeatWord } from './seat-protocol.ts';

process.on('disconnect', () => {
  const namespace = networkNamespaceOf('self');
  if (namespace !== undefined) killOthersWithin(namespace);
  process.exit();
});
process.on('message', (order: SeatOrder) => void obey(order));
say({ kind: 'ready' });

async function obey(order: SeatOrder): Promise<void> {
  const client = openApiClient(locateHome(order.home, '/'));
  if (!client.ok) return say({ kind: 'failed', id: order.id, text: client.error.text });
  if (order.kind === 'follow') {
    const stream = await client.value.follow();
    if (!stream.ok) return say({ kind: 'failed', id: order.id, text: stream.error.text });
    say({ kind: 'reply', id: order.id, value: null });
    for await (const event of stream.value) say({ kind: 'event', event });
    return;
  }
  const reply = await client.value.call(order.verb, order.request, { signal: AbortSignal.timeout(Math.ceil(order.timeoutMs)) });
  if (reply.ok) say({ kind: 'reply', id: order.id, value: reply.value });
  else say({ kind: 'failed', id: order.id, text: reply.error.text });
}

function say(word: SeatWord): void {
  process.send?.(word, () => undefined);
}
