import * as z from 'zod';

/** Where a team's names point: the single-node edge's addresses, or the name of a connection group. */
export const HostingEndpoint = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('address'), ipv4: z.string(), ipv6: z.string().optional() }),
  z.object({ kind: z.literal('name'), name: z.string() }),
]);
export type HostingEndpoint = z.infer<typeof HostingEndpoint>;
