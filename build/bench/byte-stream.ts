/** What the benchmark of a bare stream needs of one end. */
export interface ByteStream {
  /** The next bytes, or undefined at the end. */
  read(): Promise<{ readonly byteLength: number } | undefined>;
  /** Resolves when more may be written; false when the stream is over. `bytes` may be read until then. */
  write(bytes: Uint8Array): Promise<boolean>;
  closeWrite(): Promise<void>;
}

/** A process that waits for a stream. */
export interface Listening {
  /** What the other process needs to dial, as JSON. */
  readonly target: unknown;
  readonly stream: Promise<ByteStream>;
  stop(): Promise<void>;
}

/** A process that opened a stream. */
export interface Dialled {
  readonly stream: ByteStream;
  stop(): Promise<void>;
}

/** One way to have a stream between two processes on loopback. */
export interface StreamStack {
  listen(): Promise<Listening>;
  dial(target: unknown): Promise<Dialled>;
}
