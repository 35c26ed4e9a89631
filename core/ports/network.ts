/** One usable address of this host. */
export interface NetworkInterface {
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly internal: boolean;
  /** Length of the prefix of the attached network. */
  readonly prefixLength: number;
}

/** The host's networks. */
export interface Network {
  interfaces(): readonly NetworkInterface[];
  /** Undefined where the platform does not tell. */
  metered(): boolean | undefined;
  /** Tells when the set of interfaces or addresses has changed; the returned function stops it. */
  subscribe(listener: () => void): () => void;
}
