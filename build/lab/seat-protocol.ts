import type { ApiEvent, ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';

/** What the lab asks of a seat. `home`: the folder of the agent's state. */
export type SeatOrder =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly home: string;
      readonly verb: ApiVerb;
      readonly request: ApiRequest<ApiVerb>;
      readonly timeoutMs: number;
    }
  /** Follow the events of the agent that runs now, until it ends. */
  | { readonly kind: 'follow'; readonly id: number; readonly home: string };

/** What a seat says. */
export type SeatWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reply'; readonly id: number; readonly value: ApiReply<ApiVerb> | null }
  | { readonly kind: 'failed'; readonly id: number; readonly text: string }
  | { readonly kind: 'event'; readonly event: ApiEvent };
