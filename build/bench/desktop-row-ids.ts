/** Rows about the desktop program itself, in the order in which they are shown. */
export const desktopRowIds = ['desktop-file', 'desktop-start', 'desktop-idle', 'desktop-lists'] as const;
export type DesktopRowId = (typeof desktopRowIds)[number];
