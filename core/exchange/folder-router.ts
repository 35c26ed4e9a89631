import type { Result } from '../base/index.ts';
import { err } from '../base/index.ts';
import type { FolderId } from '../model/index.ts';
import type { PeerReply, PeerRequest, WireError } from '../protocol/index.ts';
import type { DataHandlers, DataVerb, ExchangeContext } from './exchange-types.ts';
import type { FolderExchange } from './folder-exchange.ts';

/**
 * Leads each call to the exchange of its folder, and lets only devices on the folder's roster through. `roster` alone goes to the folder
 * unchecked, because what the caller sends may be what makes it a member; the folder refuses it if not.
 */
export class FolderRouter {
  readonly #exchanges = new Map<FolderId, FolderExchange>();

  add(exchange: FolderExchange): void {
    this.#exchanges.set(exchange.folder, exchange);
  }

  remove(folder: FolderId): void {
    this.#exchanges.delete(folder);
  }

  /** Handlers for the session's table. */
  handlers(): DataHandlers {
    return {
      roster: (request, context) => this.#lead('roster', request, context),
      have: (request, context) => this.#lead('have', request, context),
      batches: (request, context) => this.#lead('batches', request, context),
      history: (request, context) => this.#lead('history', request, context),
      whohas: (request, context) => this.#lead('whohas', request, context),
      sendme: (request, context) => this.#lead('sendme', request, context),
    };
  }

  async #lead<V extends DataVerb>(verb: V, request: PeerRequest<V>, context: ExchangeContext): Promise<Result<PeerReply<V>, WireError>> {
    const exchange = this.#exchanges.get(request.folder);
    if (!exchange) return err({ kind: 'unknown-folder', text: 'no such folder here' });
    if (verb !== 'roster') {
      if (!exchange.isMember(context.session.device)) return err({ kind: 'not-allowed', text: 'not on the roster' });
      if (exchange.paused) return err({ kind: 'not-joined', text: 'the folder is paused here' });
    }
    return exchange.handlers[verb](request, context);
  }
}
