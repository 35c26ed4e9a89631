import type { ApiVerb, WindowBridge, ApiReply } from '../../core/api/index.ts';
import type { AgentConnection, CallResult } from './agent-connection.ts';

/** The agent in the desktop program around this page. It lives as long as the page does, so its stream of events never ends. */
export function bridgeConnection(bridge: WindowBridge): AgentConnection {
  return {
    desktop: bridge,
    call: async <V extends ApiVerb>(verb: V, request: unknown) => (await bridge.call(verb as ApiVerb, request)) as CallResult<ApiReply<V>>,
    follow: (listener) => {
      const stop = bridge.onEvents((events) => listener.onEvents(events));
      listener.onOpen();
      return stop;
    },
  };
}
