import * as z from 'zod';

/** What a page may tell us. It comes from anybody, so it is small, of few kinds, and proves nothing. */
export const Beacon = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    message: z.string().max(500),
    source: z.string().max(500).optional(),
    line: z.int().min(0).optional(),
    column: z.int().min(0).optional(),
  }),
  z.strictObject({ kind: z.literal('load'), durationMs: z.int().min(0).max(3_600_000) }),
]);
export type Beacon = z.infer<typeof Beacon>;

export const MAX_BEACON_BYTES = 4096;

/** The beacon that these bytes are; undefined when they are none. */
export function parseBeacon(bytes: Uint8Array): Beacon | undefined {
  try {
    return Beacon.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}
