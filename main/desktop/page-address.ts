/** The scheme of the window's page: nothing else may load from it, and it may load nothing else. */
export const windowScheme = 'dormouse-app';
const windowHost = 'window';

/** Address of the window's page. */
export const windowPage = `${windowScheme}://${windowHost}/index.html`;

/** Whether `url` is the window's own page, wherever within itself it stands. */
export function isWindowPage(url: string): boolean {
  const at = parse(url);
  return at !== undefined && at.protocol === `${windowScheme}:` && at.host === windowHost && at.pathname === '/index.html';
}

/** The file that a request of the page asks for, relative to the renderer's folder; undefined where it asks for anything else. */
export function pageFileOf(url: string): string | undefined {
  const at = parse(url);
  if (at === undefined || at.protocol !== `${windowScheme}:` || at.host !== windowHost) return undefined;
  const path = at.pathname.slice(1);
  return /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(path) || /^assets\/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(path) ? path : undefined;
}

/** Pages that the window may open in the person's browser: the project's own. */
const externalPages: readonly string[] = ['https://dormouse.example/'];

export function isExternalPage(url: string): boolean {
  const at = parse(url);
  return at !== undefined && at.username === '' && at.password === '' && externalPages.some((page) => at.href.startsWith(page));
}

/** Only what the page itself consists of; nothing inline, nothing from elsewhere, no frames, no forms. */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
