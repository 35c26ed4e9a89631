import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Protocol } from 'electron';
import { contentSecurityPolicy, pageFileOf, windowScheme } from '../desktop/page-address.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Serves the bundled page, and nothing else of the disk, under the window's own scheme. */
export function servePage(protocol: Protocol, folder: string): void {
  protocol.handle(windowScheme, async (request) => {
    const file = request.method === 'GET' ? pageFileOf(request.url) : undefined;
    const type = file === undefined ? undefined : contentTypes[extname(file)];
    if (file === undefined || type === undefined) return new Response('Not found', { status: 404 });
    try {
      const bytes = await readFile(join(folder, file));
      return new Response(new Uint8Array(bytes), { headers: { 'content-type': type, ...pageHeaders } });
    } catch {
      return new Response('Not found', { status: 404 });
    }
  });
}

const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;
