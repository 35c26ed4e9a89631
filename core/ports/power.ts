export type PowerEvent =
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'battery'; readonly onBattery: boolean; readonly percent: number | undefined };

/** The platform's word on sleep and battery: a hint, possibly late, doubled or missing. */
export interface Power {
  /** Starts telling; the returned function stops it. */
  subscribe(listener: (event: PowerEvent) => void): () => void;
}
