// A relay in a network of its own: `relay-client.ts` starts it, tells it the weather by message, and hears when it listens.
import type { RelayWeather } from './relay-flow.ts';
import { type RelayRoute, RelayServer } from './relay-server.ts';

export type RelayOrder =
  { readonly kind: 'listen'; readonly route: RelayRoute } | { readonly kind: 'weather'; readonly weather: RelayWeather };
export type RelayWord = { readonly kind: 'ready' } | { readonly kind: 'listening'; readonly port: number };

let relay: RelayServer | undefined;

process.on('disconnect', () => process.exit());
process.on('message', (order: RelayOrder) => void obey(order));
say({ kind: 'ready' });

async function obey(order: RelayOrder): Promise<void> {
  if (order.kind === 'weather') return relay?.setWeather(order.weather);
  relay = await RelayServer.listen(order.route);
  say({ kind: 'listening', port: relay.port });
}

function say(word: RelayWord): void {
  process.send?.(word, () => undefined);
}
