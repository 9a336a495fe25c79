import * as z from 'zod';

export const Tier = z.enum(['shared', 'isolated', 'edge']);
export type Tier = z.infer<typeof Tier>;

/** From harmless to protected by law; the order matters: a class may be raised by a publish, never lowered. */
export const DATA_CLASSES = ['public', 'internal', 'confidential', 'regulated'] as const;
export const DataClass = z.enum(DATA_CLASSES);
export type DataClass = z.infer<typeof DataClass>;

export const Visibility = z.enum(['people', 'team', 'company', 'public']);
export type Visibility = z.infer<typeof Visibility>;

/** What a person decides about an app, merged from the request, `cottage.json` and what is stored. */
export const AppSettings = z.object({
  title: z.string(),
  owner: z.string(),
  coOwners: z.array(z.string()),
  dataClass: DataClass.optional(),
  visibility: Visibility,
  tier: Tier,
  costCenter: z.string(),
  expiresInDays: z.int(),
  integrations: z.array(z.string()),
  spa: z.boolean(),
});
export type AppSettings = z.infer<typeof AppSettings>;
