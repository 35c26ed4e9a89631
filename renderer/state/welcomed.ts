const key = 'dormouse.welcomed';

/** Whether the person at this browser was through the welcome of this device, or did not want it. */
export function isWelcomeOver(deviceId: string): boolean {
  try {
    return localStorage.getItem(key) === deviceId;
  } catch {
    // Storage that is switched off: the welcome is shown again, which does no harm.
    return false;
  }
}

export function noteWelcomeOver(deviceId: string): void {
  try {
    localStorage.setItem(key, deviceId);
  } catch {
    // As above.
  }
}
