import { connect, createServer, type Server, type Socket } from 'node:net';
import { fairWeather, RelayFlow, type RelayWeather } from './relay-flow.ts';

/** Where a relay listens and whom it calls. */
export interface RelayRoute {
  readonly listenHost: string;
  /** 0: any free one. */
  readonly listenPort: number;
  readonly targetHost: string;
  readonly targetPort: number;
}

/** A TCP relay whose weather can be changed while it runs; both directions have the same. It resets nothing by itself. */
export class RelayServer {
  readonly #server: Server;
  readonly #flows = new Set<RelayFlow>();
  readonly #sockets = new Set<Socket>();
  #weather: RelayWeather = fairWeather;

  private constructor(route: RelayRoute) {
    // Half-open, so that an end is passed on like any other byte.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near, route));
  }

  static async listen(route: RelayRoute): Promise<RelayServer> {
    const relay = new RelayServer(route);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      relay.#server.listen(route.listenPort, route.listenHost, resolve);
    });
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  setWeather(weather: RelayWeather): void {
    this.#weather = weather;
    for (const flow of this.#flows) flow.look();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, { targetHost, targetPort }: RelayRoute): void {
    const far = connect({ host: targetHost, port: targetPort, allowHalfOpen: true, noDelay: true });
    const flows = [new RelayFlow(near, far, () => this.#weather), new RelayFlow(far, near, () => this.#weather)];
    for (const flow of flows) this.#flows.add(flow);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      // A broken side is gone for the other one as well.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        this.#sockets.delete(socket);
        for (const flow of flows) this.#flows.delete(flow);
      });
    }
  }
}
