import { type ReactNode, createContext, use, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { AgentConnection, CallError, CallResult } from '../connection/agent-connection.ts';
import type { ApiReply, ApiRequest, Status, ApiVerb } from '../../core/api/index.ts';
import { type AgentSnapshot, AgentStore } from './agent-store.ts';

interface Agent {
  readonly connection: AgentConnection;
  readonly store: AgentStore;
}

const AgentContext = createContext<Agent | undefined>(undefined);
const StatusContext = createContext<Status | undefined>(undefined);

export function AgentProvider({ connection, children }: { readonly connection: AgentConnection; readonly children: ReactNode }): ReactNode {
  const agent = useMemo(() => ({ connection, store: new AgentStore(connection) }), [connection]);
  return <AgentContext value={agent}>{children}</AgentContext>;
}

/** Gives what lies below a status that is there. */
export function StatusProvider({ status, children }: { readonly status: Status; readonly children: ReactNode }): ReactNode {
  return <StatusContext value={status}>{children}</StatusContext>;
}

export function useAgent(): Agent {
  const agent = use(AgentContext);
  if (agent === undefined) throw new Error('used outside of AgentProvider');
  return agent;
}

export function useSnapshot(): AgentSnapshot {
  const { store } = useAgent();
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

export function useStatus(): Status {
  const status = use(StatusContext);
  if (status === undefined) throw new Error('used outside of StatusProvider');
  return status;
}

/** What a view asked for. `data` stays the last answer while a newer one is under way. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: CallError | undefined;
  readonly reload: () => void;
}

/** The reply of a reading verb, asked for again when the agent's state has changed. */
export function useResource<V extends ApiVerb>(verb: V, request: ApiRequest<V>): Resource<ApiReply<V>> {
  const { connection } = useAgent();
  const { revision } = useSnapshot();
  const [result, setResult] = useState<CallResult<ApiReply<V>>>();
  const [tries, setTries] = useState(0);
  const key = JSON.stringify(request);
  useEffect(() => {
    let isWanted = true;
    void connection.call(verb, JSON.parse(key) as ApiRequest<V>).then((reply) => {
      // A lost agent is told at the top of the window; what was shown stays.
      if (isWanted && (reply.ok || reply.error.kind !== 'unreachable')) setResult(reply);
    });
    return () => void (isWanted = false);
  }, [connection, verb, key, revision, tries]);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  return { data: result?.ok === true ? result.value : undefined, error: result?.ok === false ? result.error : undefined, reload };
}

/** A change that a person asks for: one at a time, its error kept until the next try. */
export interface Action<V extends ApiVerb> {
  readonly isBusy: boolean;
  readonly error: CallError | undefined;
  /** The reply, or undefined where it failed. */
  readonly run: (request: ApiRequest<V>) => Promise<ApiReply<V> | undefined>;
  readonly reset: () => void;
}

export function useAction<V extends ApiVerb>(verb: V): Action<V> {
  const { connection, store } = useAgent();
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error: CallError | undefined }>(idle);
  const isRunning = useRef(false);
  const run = async (request: ApiRequest<V>): Promise<ApiReply<V> | undefined> => {
    if (isRunning.current) return undefined;
    isRunning.current = true;
    setState({ isBusy: true, error: undefined });
    const reply = await connection.call(verb, request);
    isRunning.current = false;
    setState({ isBusy: false, error: reply.ok ? undefined : reply.error });
    store.touch();
    return reply.ok ? reply.value : undefined;
  };
  return { ...state, run, reset: () => setState(idle) };
}

const idle = { isBusy: false, error: undefined } as const;
