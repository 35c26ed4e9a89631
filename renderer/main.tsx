// The window's page. It talks to the agent that serves it, or through the bridge of the desktop program around it.
import '../core/api/no-generated-code.ts';
import { createRoot } from 'react-dom/client';
import type { WindowBridge } from '../core/api/index.ts';
import { App } from './app.tsx';
import { bridgeConnection } from './connection/bridge-connection.ts';
import { httpConnection } from './connection/http-connection.ts';
import { AgentProvider } from './state/agent-context.tsx';
import { goToTarget } from './state/route.ts';
import './styles/index.css';

const { dormouse: bridge } = window as { readonly dormouse?: WindowBridge };
const connection = bridge === undefined ? httpConnection() : bridgeConnection(bridge);
bridge?.onGo(goToTarget);

// The one-time link was used up by opening it; a reload must ask for the page itself.
if (location.pathname !== '/' && bridge === undefined) history.replaceState(null, '', `/${location.hash}`);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');
createRoot(root).render(
  <AgentProvider connection={connection}>
    <App />
  </AgentProvider>,
);
