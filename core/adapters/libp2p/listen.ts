import type { Listener } from '@libp2p/interface';
import { err, ok, type Result } from '../../base/index.ts';
import type { ListenError } from '../../ports/index.ts';
import { errorCode } from './error-code.ts';
import type { Node } from './node.ts';
import { parseAddress } from './parse-address.ts';

/** Opens a listener for each of `addresses`, or none: what was opened before an error is closed again. */
export async function listenAll(node: Node, addresses: readonly string[]): Promise<Result<readonly Listener[], ListenError>> {
  const listeners: Listener[] = [];
  for (const address of addresses) {
    const result = await listen(node, address);
    if (result.ok) {
      listeners.push(result.value);
    } else if (!(isMissingIp6(result.error) && listeners.length > 0)) {
      await Promise.all(listeners.map((listener) => listener.close()));
      return err(result.error);
    }
  }
  return ok(listeners);
}

/**
 * The transport's own listener, not `libp2p.start()`: that folds the system's error codes into a text.
 */
async function listen(node: Node, address: string): Promise<Result<Listener, ListenError>> {
  const { transportManager, upgrader } = node.services.components;
  const parsed = parseAddress(address);
  if (!parsed) return err({ kind: 'bad-address', address, text: 'not a multiaddr' });
  const transport = transportManager.getTransports().find(({ listenFilter }) => listenFilter([parsed]).length > 0);
  if (!transport) return err({ kind: 'bad-address', address, text: 'not an address of TCP' });
  const listener = transport.createListener({ upgrader });
  try {
    await listener.listen(parsed);
    return ok(listener);
  } catch (cause) {
    return err(listenError(address, cause));
  }
}

function listenError(address: string, cause: unknown): ListenError {
  const code = errorCode(cause);
  switch (code) {
    case 'EADDRINUSE':
      return { kind: 'address-in-use', address };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return { kind: 'bad-address', address, text: code };
    default:
      return { kind: 'failed', address, text: code ?? String(cause) };
  }
}

/** A host without IPv6 still listens where it can; that is no mistake in the settings. */
function isMissingIp6(error: ListenError): boolean {
  return error.kind === 'bad-address' && error.address.startsWith('/ip6/::/');
}
