/** The hour at which "until tomorrow" ends. */
const morningHour = 7;

/** When a pause chosen in the tray ends, as ISO 8601; null: when the person says so. Tomorrow is the next morning by the clock here. */
export function pauseEnd(until: 'hour' | 'tomorrow' | 'resumed', now: Date): string | null {
  if (until === 'resumed') return null;
  const end = new Date(now);
  if (until === 'hour') end.setHours(end.getHours() + 1);
  else {
    end.setDate(end.getDate() + 1);
    end.setHours(morningHour, 0, 0, 0);
  }
  return end.toISOString();
}
