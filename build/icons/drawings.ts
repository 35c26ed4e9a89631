import type { TrayState } from '../../main/desktop/tray-state.ts';

/** How a panel shows an icon: as a template that the system colours, or drawn for a dark or a light panel. */
export const trayLooks = ['template', 'dark', 'light'] as const;
export type TrayLook = (typeof trayLooks)[number];

interface Inks {
  readonly body: string;
  /** What stands out: only where the system leaves colours alone. */
  readonly mark: Readonly<Record<TrayState, string>>;
}

const template = '#000000';
const same = (ink: string): Inks['mark'] => ({
  'up-to-date': ink,
  syncing: ink,
  recovering: ink,
  waiting: ink,
  paused: ink,
  attention: ink,
  offline: ink,
});

const inksByLook: Readonly<Record<TrayLook, Inks>> = {
  template: { body: template, mark: same(template) },
  dark: { body: '#f2f2f5', mark: { ...same('#f2f2f5'), syncing: '#6cb4ff', recovering: '#6cb4ff', attention: '#ff8a65' } },
  light: { body: '#2b2b30', mark: { ...same('#2b2b30'), syncing: '#0a6cd6', recovering: '#0a6cd6', attention: '#d1401f' } },
};

/** Strokes of the sleeping dormouse in a square of 22: its back, its ear, its tail around it. */
const back = 'M3.2 12.6a7.3 7.3 0 0 1 14.6-.6';
const tail = 'M17.8 12a7.1 7.1 0 0 1-7.2 7.1c-4 0-7.4-2.8-7.4-6.5 0-2.6 2-4.6 4.5-4.6 2.2 0 3.9 1.7 3.9 3.8 0 1.8-1.4 3.1-3 3.1';
const ear = { x: 14.9, y: 5, r: 2.1 };

/** The icon of one state for the tray, 22 units wide. Offline is the bare outline; every other state has a mark in the lower corner. */
export function trayDrawing(state: TrayState, look: TrayLook): string {
  const { body, mark } = inksByLook[look];
  const isFaint = state === 'offline' || state === 'paused';
  const sign = signOf(state, mark[state]);
  const cut =
    sign === '' ? '' : '<mask id="cut"><rect width="22" height="22" fill="#fff"/><circle cx="16.8" cy="16.8" r="6.7" fill="#000"/></mask>';
  const masked = sign === '' ? '' : ' mask="url(#cut)"';
  return svg(
    22,
    `${cut}<g fill="none" stroke="${body}" stroke-width="1.7" stroke-linecap="round"${isFaint ? ' opacity="0.62"' : ''}${masked}>
      <path d="${back}"/><path d="${tail}"/><circle cx="${ear.x}" cy="${ear.y}" r="${ear.r}"/></g>${sign}`,
  );
}

function signOf(state: TrayState, ink: string): string {
  const line = `fill="none" stroke="${ink}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"`;
  switch (state) {
    case 'up-to-date':
      return `<path d="M13.4 17l2.4 2.4 4.4-5" ${line}/>`;
    case 'syncing':
      return `<path d="M14.6 20v-6.2M12.7 15.6l1.9-1.9 1.9 1.9M18.9 13.4v6.2M17 17.8l1.9 1.9 1.9-1.9" ${line.replace('1.8', '1.5')}/>`;
    case 'recovering':
      return `<path d="M20.2 15.2a4 4 0 1 0 .3 2.6M20.5 12.9v2.5H18" ${line.replace('1.8', '1.6')}/>`;
    case 'waiting':
      return `<path d="M13.6 13.4h5.6l-5.6 6.2h5.8" ${line}/>`;
    case 'paused':
      return `<path d="M14.8 13.6v6M18.8 13.6v6" ${line.replace('1.8', '2.2')}/>`;
    case 'attention':
      return `<path d="M17 13.2v3.4M17 20v.1" ${line.replace('1.8', '2.6')}/>`;
    case 'offline':
      return '';
  }
}

/** The program's icon, 1024 units wide, with the margin that macOS wants. */
export function programDrawing(): string {
  return svg(
    1024,
    `<defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#3b4a6b"/><stop offset="1" stop-color="#1d2540"/></linearGradient>
      <linearGradient id="fur" x1="0" y1="0" x2="0.4" y2="1"><stop offset="0" stop-color="#f4c98a"/><stop offset="1" stop-color="#d98f4b"/></linearGradient>
    </defs>
    <rect x="100" y="100" width="824" height="824" rx="186" fill="url(#sky)"/>
    <g fill="#f7e3bd"><circle cx="262" cy="268" r="9"/><circle cx="388" cy="206" r="6"/><circle cx="790" cy="246" r="8"/><circle cx="236" cy="428" r="6"/></g>
    <path d="M744 214a92 92 0 1 0 74 146 74 74 0 1 1-74-146z" fill="#f7e3bd"/>
    <circle cx="402" cy="420" r="74" fill="url(#fur)"/><circle cx="402" cy="420" r="40" fill="#f0b9a0"/>
    <circle cx="512" cy="590" r="232" fill="url(#fur)"/>
    <path d="M744 590c0 128-104 214-240 214-124 0-224-82-224-188 0-84 66-146 150-146 76 0 132 54 132 122 0 60-46 102-100 102" fill="none" stroke="#b8713a" stroke-width="50" stroke-linecap="round"/>
    <path d="M560 486c20 24 56 24 76 0" fill="none" stroke="#5a3a22" stroke-width="18" stroke-linecap="round"/>
    <circle cx="690" cy="548" r="19" fill="#5a3a22"/>
    <path d="M628 572c14 12 34 12 48 2" fill="none" stroke="#5a3a22" stroke-width="12" stroke-linecap="round"/>`,
  );
}

function svg(size: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}">${content}</svg>`;
}
