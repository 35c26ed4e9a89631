import { create } from 'qrcode';
import type { ReactNode } from 'react';

interface QrCodeProps {
  readonly text: string;
  readonly label: string;
}

/** Dark on white whatever the theme is: not every scanner reads the other way round. */
export function QrCode({ text, label }: QrCodeProps): ReactNode {
  const { modules } = create(text, { errorCorrectionLevel: 'L' });
  const { size } = modules;
  const rows = Array.from({ length: size }, (_, y) => rowPath(size, y, (x) => modules.get(y, x) === 1));
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={rows.join('')} fill="#000" />
    </svg>
  );
}

/** The dark runs of a row as one path. */
function rowPath(size: number, y: number, isDark: (x: number) => boolean): string {
  let path = '';
  for (let x = 0; x < size; x++) {
    if (!isDark(x)) continue;
    const from = x;
    while (x + 1 < size && isDark(x + 1)) x++;
    path += `M${from} ${y}h${x - from + 1}v1H${from}z`;
  }
  return path;
}
