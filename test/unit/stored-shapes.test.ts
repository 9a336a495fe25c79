import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AppSchema } from '../../shared/apps/app.ts';
import { AuditEntrySchema } from '../../shared/audit/audit.ts';
import { IssuedHeadSchema } from '../../shared/audit/issued-heads.ts';
import { DecisionSchema, GrantSchema, OpenQuestionSchema } from '../../shared/decisions/decision.ts';
import { EffectSchema } from '../../shared/effects/effect.ts';
import { TicketSchema } from '../../shared/hosting/tickets.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { SentMailSchema } from '../../shared/mail/sent-record.ts';
import { NameClaimSchema } from '../../shared/names/claim.ts';
import { PlatformSchema } from '../../shared/platforms/platform.ts';
import { PublishSchema } from '../../shared/publishes/publish.ts';
import { ReleaseSchema } from '../../shared/releases/release.ts';
import { TeamSchema } from '../../shared/teams/team.ts';
import { UploadSchema } from '../../shared/uploads/upload.ts';
import { textOf, typescriptFiles } from '../repo/sources.ts';
import table from './stored-shapes.json' with { type: 'json' };

/** Every schema of what is stored, by its name in the source. */
const STORED: Record<string, z.ZodType> = {
  AppSchema,
  AuditEntrySchema,
  DecisionSchema,
  EffectSchema,
  GrantSchema,
  IssuedHeadSchema,
  NameClaimSchema,
  OpenQuestionSchema,
  PlatformSchema,
  PublishSchema,
  ReleaseSchema,
  SentMailSchema,
  TeamSchema,
  TicketSchema,
  UploadSchema,
};

const FIRST = 'The first shape.';
const known: Record<string, { sha256: string; note: string }> = table;

/** What stored data can tell of a schema: not the order of fields, and no words about them. */
function fingerprint(schema: z.ZodType): string {
  const shape = z.toJSONSchema(schema, { unrepresentable: 'any' });
  const canonical = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => JSON.stringify(canonical(item))).toSorted();
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).filter(
      ([name, v]) => name !== 'description' || typeof v !== 'string',
    );
    return Object.fromEntries(
      fields.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, v]) => [name, canonical(v)]),
    );
  };
  return sha256(JSON.stringify(canonical(shape)));
}

describe('stored shapes', () => {
  it('are those written down', () => {
    const changed = Object.entries(STORED).filter(
      ([name, schema]) => known[name]?.sha256 !== fingerprint(schema),
    );
    const said = changed.map(
      ([name, schema]) =>
        `${name}: a stored shape changed: write a migration note in docs/migrations.md and update the fingerprint (${fingerprint(schema)})`,
    );
    expect(said).toEqual([]);
  });

  it('are all that the product stores, and no other', () => {
    const stored = typescriptFiles()
      .filter((path) => path.startsWith('shared/'))
      .flatMap((path) =>
        [...textOf(path).matchAll(/: RecordType<\w+> = \{\s*schema: (\w+)/g)].map(([, name = '']) => name),
      );
    expect(new Set(stored)).toEqual(new Set(Object.keys(STORED)));
    expect(new Set(Object.keys(known))).toEqual(new Set(Object.keys(STORED)));
  });

  it('have, each time one changed, a migration note by that title', () => {
    const titles = [...textOf('docs/migrations.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    const notes = Object.values(known).map(({ note }) => note);
    expect(notes.filter((note) => note !== FIRST && !titles.includes(note))).toEqual([]);
  });
});

describe('a fingerprint', () => {
  const Shape = z.object({ a: z.string(), b: z.int().optional() });

  it('stays when fields change places or are described', () => {
    const same = z.object({ b: z.int().optional().describe('words'), a: z.string() });
    expect(fingerprint(same)).toBe(fingerprint(Shape));
  });

  it.each<[string, z.ZodType]>([
    ['a field more', Shape.extend({ c: z.string().optional() })],
    ['a field less', Shape.omit({ b: true })],
    ['a field of another name', z.object({ a2: z.string(), b: z.int().optional() })],
    ['a field that is now needed', Shape.required()],
    ['another type', Shape.extend({ a: z.int() })],
    ['other bounds', Shape.extend({ b: z.int().min(0).optional() })],
    ['a field called description', Shape.extend({ description: z.string() })],
  ])('changes with %s', (_, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint(Shape));
  });
});
