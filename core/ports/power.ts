export type PowerEvent =
  /** `ready`, where the platform waits for it for a while: to be called once the host may sleep as far as we are concerned. */
  | { readonly kind: 'suspend'; readonly ready?: () => void }
  | { readonly kind: 'resume' }
  | { readonly kind: 'battery'; readonly onBattery: boolean; readonly percent: number | undefined };

/** The platform's word on sleep and battery: a hint, possibly late, doubled or missing. */
export interface Power {
  /** Starts telling; the returned function stops it. */
  subscribe(listener: (event: PowerEvent) => void): () => void;
}
