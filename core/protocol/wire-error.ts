import { z } from 'zod';

/** What a device may answer instead of a reply. `text` is for logs; it never carries file content. */
export const wireErrorSchema = z.object({
  kind: z.enum([
    'malformed',
    'unknown-verb',
    'not-allowed',
    'not-joined',
    'unknown-folder',
    'busy',
    'not-found',
    'wrong-incarnation',
    'refused',
    'internal',
  ]),
  text: z.string().max(512),
});

export type WireError = z.infer<typeof wireErrorSchema>;
