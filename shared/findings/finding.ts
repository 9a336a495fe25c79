import * as z from 'zod';

/** How much a finding weighs: `block` refuses the publish, `warn` goes to the owner, `info` is said once. */
export const Severity = z.enum(['block', 'warn', 'info']);
export type Severity = z.infer<typeof Severity>;

/** Where in the artifact: a path, and where it is known, line and column (both from 1). */
export const Where = z.object({
  file: z.string(),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
});
export type Where = z.infer<typeof Where>;

/** One thing a check found, with the three texts a person reads. */
export const Finding = z.object({
  code: z
    .string()
    .meta({ description: 'From a closed list: GET /v1/findings', example: 'artifact/index-missing' }),
  severity: Severity,
  title: z.string(),
  why: z.string(),
  fix: z.string(),
  where: Where.optional(),
});
export type Finding = z.infer<typeof Finding>;
