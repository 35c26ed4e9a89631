import { randomBytes } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { type Result, err, ok } from '../core/base/index.ts';
import { type Agent, type AgentOpenError, openAgent } from '../core/agent/index.ts';
import { limits } from '../core/model/index.ts';
import type { ApiReply, ApiService } from '../core/api/index.ts';
import type { Power } from '../core/ports/index.ts';
import { type ApiAccess, removeApiFile, writeApiFile } from './api-file.ts';
import { type ApiServer, type ApiServerError, type ApiServerOptions, startApiServer } from './api-server.ts';
import { type Composition, compose } from './compose.ts';
import { type Home, type HomeError, homeInUseText, prepareHome, removeHolder, writeHolder } from './home.ts';
import type { KeyPlace, KeysError } from './keys.ts';
import { readPageSession, writePageSession } from './page-session.ts';
import { type ShellLogger, isLogLevel } from './shell-logger.ts';
import { programVersion } from './version.ts';

export interface ShellOptions {
  readonly home: Home;
  /** Multiaddrs; empty: the last ones, or any free port. */
  readonly listen: readonly string[];
  readonly discovery: boolean;
  readonly name: string | undefined;
  readonly keys: KeyPlace | undefined;
  /** See `KeyChoice.movesByItself` in `keys.ts`; default: it does not. */
  readonly movesKeyByItself?: boolean;
  /** Something that a person at the terminal should see at once. */
  readonly onNotice: (text: string) => void;
  /** The start has to wait for a person: why, and what to do. */
  readonly onWaiting?: (text: string) => void;
  /** Ends waiting for a locked key store. */
  readonly signal: AbortSignal;
  /** A platform's better source of sleep and battery than what a program without a desktop has. */
  readonly power?: Power;
  /** This thread also drives a window: what can be done elsewhere is, also where that costs more in all. Default: no. */
  readonly sparesEventLoop?: boolean;
  /** Logs go to files in the home, and here as well if given. */
  readonly logToStderr: boolean;
  /** The folder of the built page that is served beside the local API; see `page-build.ts`. */
  readonly pageFolder?: string;
}

/** Why the agent of a home could not be started. Each text names the thing, the cause and what to do. */
export interface ShellError {
  readonly kind: HomeError['kind'] | KeysError['kind'] | AgentOpenError['kind'] | 'home-in-use' | 'api';
  readonly text: string;
}

/** A running agent with its local API: what every program around the core has. */
export interface Shell {
  readonly home: Home;
  readonly agent: Agent;
  /** The agent's verbs as every front end calls them: the HTTP server, a window. */
  readonly service: ApiService;
  readonly access: ApiAccess;
  readonly logger: ShellLogger;
  /** A link that opens the page once; undefined where none is served. */
  newPageLink(): string | undefined;
  /** Ends everything in order: no new calls, then the agent, then the notes in the home. Idempotent. */
  stop(): Promise<void>;
}

const tokenBytes = 32;

/** Starts the agent of a home. Nothing is left running or noted where it fails. */
export async function startShell(options: ShellOptions): Promise<Result<Shell, ShellError>> {
  const { home } = options;
  const prepared = prepareHome(home);
  if (!prepared.ok) return prepared;
  const composed = await compose({
    home,
    keys: options.keys,
    movesKeyByItself: options.movesKeyByItself === true,
    signal: options.signal,
    logToStderr: options.logToStderr,
    sparesEventLoop: options.sparesEventLoop === true,
    ...(options.power === undefined ? {} : { power: options.power }),
    // From here on the home is ours: the store's lock is what decides.
    onOwned: () => writeHolder(home, 'it is starting'),
    onWaiting: (phase, text) => {
      writeHolder(home, phase);
      options.onNotice(text);
      options.onWaiting?.(text);
    },
  });
  if (!composed.ok) {
    if (composed.error.kind === 'home-in-use') return err({ kind: 'home-in-use', text: homeInUseText(home) });
    removeHolder(home);
    return composed;
  }
  const composition = composed.value;
  for (const warning of composition.warnings) options.onNotice(warning);
  const started = await startAgent(options, composition);
  if (started.ok) return started;
  await composition.close();
  removeHolder(home);
  return started;
}

async function startAgent(options: ShellOptions, composition: Composition): Promise<Result<Shell, ShellError>> {
  const { home } = options;
  const opened = await openAgent(composition.ports, {
    listen: options.listen,
    discovery: options.discovery,
    name: options.name,
    defaultName: defaultDeviceName(),
    version: programVersion,
    warnings: composition.warnings,
  });
  if (!opened.ok) {
    if (opened.error.kind === 'key-unavailable') composition.forgetKeyPlace();
    return err({ kind: opened.error.kind, text: opened.error.text });
  }
  const agent = opened.value;
  const token = randomBytes(tokenBytes).toString('base64url');
  const { logger } = composition;
  const service = serviceWithHomePaths(serviceWithLogLevel(agent.api, logger));
  const settings = await service.call('settings.get', {});
  if (settings.ok && isLogLevel(settings.value.settings['log.level'])) logger.setLevel(settings.value.settings['log.level']);
  const api = await startApi(options, {
    ...{ service, token, incarnation: agent.incarnation, logger, nowMs: () => performance.now() },
    retryAllowed: async () => {
      const current = await service.call('settings.get', {});
      return !current.ok || current.value.settings['requests.retry'] !== 'off';
    },
  });
  if (!api.ok) {
    await agent.stop();
    return err({ kind: 'api', text: api.error.text });
  }
  const access: ApiAccess = { url: api.value.url, token, pid: process.pid, incarnation: agent.incarnation };
  writeApiFile(home, access);
  writeHolder(home, '');
  return ok(createShell({ home, agent, service, access, logger }, api.value, composition));
}

/** The log is the shell's, so the shell is what follows its setting. */
function serviceWithLogLevel(service: ApiService, logger: ShellLogger): ApiService {
  return {
    call: async (verb, request, options) => {
      const reply = await service.call(verb, request, options);
      if (verb === 'settings.set' && reply.ok) {
        const { key, value } = reply.value as ApiReply<'settings.set'>;
        if (key === 'log.level' && isLogLevel(value)) logger.setLevel(value);
      }
      return reply;
    },
    onEvent: (listener) => service.onEvent(listener),
  };
}

/** With a page, on the port of the last start, so that one that is still open in a browser finds its agent again. */
async function startApi(
  { home, pageFolder }: ShellOptions,
  options: Omit<ApiServerOptions, 'port' | 'page'>,
): Promise<Result<ApiServer, ApiServerError>> {
  if (pageFolder === undefined) return startApiServer({ ...options, port: 0 });
  const session = readPageSession(home);
  const page = { folder: pageFolder, secret: session.secret };
  const again = await startApiServer({ ...options, page, port: session.port });
  const started = again.ok || session.port === 0 ? again : await startApiServer({ ...options, page, port: 0 });
  if (started.ok) writePageSession(home, { port: started.value.port, secret: session.secret });
  return started;
}

/** A person types `~` into a page as into a shell; there is no shell between, so it is read here. */
function serviceWithHomePaths(service: ApiService): ApiService {
  return {
    call: async (verb, request, options) => {
      const path = 'path' in request && (verb === 'folder.add' || verb === 'folder.accept') ? request.path : undefined;
      const isFromHome = typeof path === 'string' && /^~([/\\]|$)/.test(path);
      return service.call(verb, isFromHome ? { ...request, path: join(homedir(), path.slice(1)) } : request, options);
    },
    onEvent: (listener) => service.onEvent(listener),
  };
}

function createShell(parts: Omit<Shell, 'stop' | 'newPageLink'>, api: ApiServer, composition: Composition): Shell {
  const { home, agent, access } = parts;
  let stopped: Promise<void> | undefined;
  const stopInOrder = async (): Promise<void> => {
    // Whoever looks for the API from now on finds none, rather than one that answers no more.
    removeApiFile(home, access);
    await Promise.all([api.stop(), agent.stop()]);
    await composition.close();
    removeHolder(home);
  };
  return { ...parts, newPageLink: () => api.newPageLink(), stop: () => (stopped ??= stopInOrder()) };
}

/** The machine's name without its domain, as long as a device's name may be. */
export function defaultDeviceName(host: string = hostname()): string {
  const name = (host.split('.')[0] ?? '').trim().slice(0, limits.deviceNameCharsMax);
  return name === '' ? 'Unnamed device' : name;
}
