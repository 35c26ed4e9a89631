import { z } from 'zod';

/**
 * Anything noted, as `dormouse events` prints it: one JSON object a line. `kind` is a fixed kebab-case name (`link-live`,
 * `folder-up-to-date`, `conflict`, …); what varies is in `fields`.
 */
export const eventSchema = z.object({
  /** Counted from 1 in each run of the agent; a gap means that a slow reader missed some. */
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
  count: z.int().min(1),
});
export type Incident = z.infer<typeof incidentSchema>;
