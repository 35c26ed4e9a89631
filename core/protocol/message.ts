import { z } from 'zod';
import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { CborValue, MalformedError } from './codec.ts';
import { decodeCbor, encodeCbor } from './codec.ts';
import { incarnationField } from './fields.ts';
import { wireErrorSchema } from './wire-error.ts';

const callId = z.int().min(0).max(0xffff_ffff);

/**
 * The header of every frame after the handshake. `body` is validated by the verb's own schema. Each side numbers its own calls;
 * `piece`, `reply` and `error` carry the number of the call that they answer, `body`, `end` and `cancel` of the call that they belong to.
 */
export const messageSchema = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('request'),
    id: callId,
    verb: z.string().max(32),
    body: z.unknown(),
    /** Of `mutate` verbs: one per call, the same on a repeat; names the run of the receiver that it was made for (RPC-2). */
    key: z.object({ incarnation: incarnationField, nonce: z.string().regex(/^[0-9a-f]{32}$/) }).optional(),
  }),
  z.object({ t: z.literal('body'), id: callId, body: z.unknown() }),
  z.object({ t: z.literal('end'), id: callId }),
  z.object({ t: z.literal('piece'), id: callId, body: z.unknown() }),
  z.object({ t: z.literal('reply'), id: callId, body: z.unknown() }),
  z.object({ t: z.literal('error'), id: callId, error: wireErrorSchema }),
  z.object({ t: z.literal('cancel'), id: callId }),
]);

export type Message = z.infer<typeof messageSchema>;

export function encodeMessage(message: Message): Uint8Array {
  return encodeCbor(message as CborValue);
}

export function decodeMessage(header: Uint8Array): Result<Message, MalformedError> {
  return decodeAs(messageSchema, header);
}

/** Decodes CBOR and validates it against `schema` in one step. */
export function decodeAs<T extends z.ZodType>(schema: T, bytes: Uint8Array): Result<z.infer<T>, MalformedError> {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok) return decoded;
  return validateAs(schema, decoded.value);
}

/** Validates an already decoded value; the error names the first offending field, never its content. */
export function validateAs<T extends z.ZodType>(schema: T, value: unknown): Result<z.infer<T>, MalformedError> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err({ kind: 'malformed', text: `${issue?.path.join('.') ?? ''}: ${issue?.code ?? 'invalid'}` });
}
