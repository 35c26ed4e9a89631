/** What the command line says about the contenders. */
export interface ContenderChoices {
  /** A Syncthing to use instead of the one on the path. */
  readonly syncthing: string | undefined;
}
