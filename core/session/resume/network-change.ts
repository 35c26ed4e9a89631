import type { Network } from '../../ports/index.ts';

/** Calls `onChange` when the host's interfaces or addresses have changed, as they do at a wake in another place. */
export function watchNetwork(network: Network, onChange: () => void): () => void {
  return network.subscribe(onChange);
}
