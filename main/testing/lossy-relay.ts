import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * A relay on the loopback address in front of an HTTP server there, which loses replies: it passes a request on, waits until the
 * server answers, and then breaks both connections instead of passing the answer back.
 */
export class LossyRelay {
  /** So many of the next answers are lost. */
  losses = 0;
  /** Called when an answer is lost, before the caller can know. */
  onLoss: () => void = () => undefined;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort: number;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((near) => this.#relay(near));
  }

  static async start(targetPort: number): Promise<LossyRelay> {
    const relay = new LossyRelay(targetPort);
    await new Promise<void>((resolve) => relay.#server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on requests go to another port. */
  retarget(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #relay(near: Socket): void {
    this.connections += 1;
    const port = this.#targetPort;
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    // The server answers only to its own name; a request's head comes in one piece here.
    near.on('data', (bytes) =>
      far.write(bytes.toString('latin1').replace(`Host: 127.0.0.1:${this.port}`, `Host: 127.0.0.1:${port}`), 'latin1'),
    );
    far.on('data', (bytes) => {
      if (this.losses === 0) return near.write(bytes);
      this.losses -= 1;
      this.onLoss();
      near.destroy();
      return undefined;
    });
  }
}
