/**
 * What may be said about an app from outside: the same fields in `cottage.json` and in the body of a publish.
 * Messages complete the sentence "title ..." for a person who does not program.
 */
import * as z from 'zod';
import { DataClass, Tier, Visibility } from '../apps/settings.ts';

// Control characters, line separators, and marks that turn the direction of writing or hide.
const UNSHOWABLE =
  /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Noncharacter_Code_Point}]/u;

export const Title = z
  .string('must be a text')
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters')
  .refine((text) => !UNSHOWABLE.test(text), 'must not hold invisible characters')
  .meta({ example: 'Lunch planner' });

/** Lower-cased, so that a person is the same person however they are typed. 254 is the longest a mail server takes. */
export const Email = z.email('must be a mail address').max(254, 'must be a mail address').toLowerCase();

export const CoOwners = z
  .array(Email, 'must be a list of mail addresses')
  .max(10, 'must name at most 10 people')
  .overwrite((emails) => [...new Set(emails)]);

/** Goes into bills and tags, so in characters that every billing system takes. */
export const CostCenter = z
  .string('must be a text')
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}$/,
    'must have at most 40 letters, digits, spaces, dots or dashes',
  );

export const ExpiresInDays = z.literal([30, 60, 90], 'must be 30, 60 or 90');

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Hosts an app may call and load from. Only whole names: a pattern would let in what nobody looked at. */
export const Integrations = z
  .array(
    z.string('must be a host name').toLowerCase().regex(HOST, 'must be a host name like api.example.com'),
    'must be a list of host names',
  )
  .max(50, 'must name at most 50 hosts')
  .overwrite((hosts) => [...new Set(hosts)]);

export const Spa = z.boolean('must be true or false');

const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`;

/** Every field but the name, which is claimed elsewhere. `title` and `owner` are for the caller to require. */
export const AppFields = {
  title: Title,
  owner: Email,
  coOwners: CoOwners,
  dataClass: z.enum(DataClass.options, oneOf(DataClass.options)),
  visibility: z.enum(Visibility.options, oneOf(Visibility.options)),
  tier: z.enum(Tier.options, oneOf(Tier.options)),
  costCenter: CostCenter,
  expiresInDays: ExpiresInDays,
  integrations: Integrations,
  spa: Spa,
};
