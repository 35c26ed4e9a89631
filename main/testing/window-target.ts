import { once } from 'node:events';
import { isWindowPage } from '../desktop/page-address.ts';

const answerMs = 30_000;

/** What Chromium's debugger tells of something that it can look at (the Chrome DevTools Protocol's `/json/list`). */
interface Target {
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

interface Evaluation {
  readonly id: number;
  readonly result?: { readonly result: { readonly value?: unknown }; readonly exceptionDetails?: { readonly text: string } };
}

/** Where the window of a program can be looked at, whose debugger listens on `host`; undefined while there is no window. */
export async function findWindow(host: string): Promise<string | undefined> {
  const response = await fetch(`http://${host}/json/list`, { signal: AbortSignal.timeout(answerMs) });
  const targets = (await response.json()) as readonly Target[];
  return targets.find(({ type, url }) => type === 'page' && isWindowPage(url))?.webSocketDebuggerUrl;
}

/** The value of an expression in the window, looked at for just so long; undefined where it has none. Throws where it fails. */
export async function evaluateInWindow(address: string, expression: string): Promise<unknown> {
  const socket = new WebSocket(address);
  try {
    const signal = AbortSignal.timeout(answerMs);
    await once(socket, 'open', { signal });
    const answer = once(socket, 'message', { signal }) as Promise<[MessageEvent]>;
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }));
    const { result } = JSON.parse(String((await answer)[0].data)) as Evaluation;
    if (result?.exceptionDetails !== undefined) throw new Error(`The window could not tell: ${result.exceptionDetails.text}`);
    return result?.result.value;
  } finally {
    socket.close();
  }
}
