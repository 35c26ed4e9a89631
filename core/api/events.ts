import { z } from 'zod';

/** Anything noted, as `dormouse events` prints it: one JSON object a line. `eventKinds` lists the kinds, and which fields each has. */
export const eventSchema = z.object({
  /** Counted from 1 in each run of the agent; a gap means that a slow reader missed some. A hint, which is not kept, bears the number of the event before it. */
  sequence: z.int().min(1),
  at: z.iso.datetime(),
  kind: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  folder: z.string().optional(),
  device: z.string().optional(),
  path: z.string().optional(),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))]))
    .optional(),
});
export type ApiEvent = z.infer<typeof eventSchema>;

export const incidentSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.string(),
  text: z.string(),
  /** How often it happened within a few seconds: one cause, one incident. */
  count: z.int().min(1),
  lastAt: z.iso.datetime(),
  folder: z.string().optional(),
  device: z.string().optional(),
});
export type Incident = z.infer<typeof incidentSchema>;

/** An incident with the events that led to it, oldest first. */
export const incidentRecordSchema = incidentSchema.extend({ history: z.array(eventSchema) });
export type IncidentRecord = z.infer<typeof incidentRecordSchema>;
