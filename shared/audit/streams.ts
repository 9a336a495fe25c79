import * as z from 'zod';
import { LifecycleState } from '../apps/states.ts';
import { DecisionSchema } from '../decisions/decision.ts';
import { CorruptRecord } from '../errors/errors.ts';
import {
  type IndexName,
  type Query,
  queryAll,
  type RecordStore,
  type StoredRecord,
} from '../records/record-store.ts';
import { ahead } from '../runtime/ahead.ts';
import { breather } from '../runtime/breather.ts';
import {
  AuditEntrySchema,
  type AuditHead,
  entryKey,
  NO_AUDIT,
  STREAM_PARTITIONS,
  streamPartition,
} from './audit.ts';
import { type AuditFault, type Placed, verifyStream } from './verify.ts';

/** One record's stream, and what is wrong with it. */
export interface Stream {
  subject: string;
  /** What people call the record: `app demo/lunch`. */
  name: string;
  entries: Placed[];
  faults: AuditFault[];
}

/** Indexes in which every audited record of a kind is, whatever else is damaged. */
const LISTS: { index: IndexName; partition: string }[] = [
  { index: 'team', partition: 'platforms' },
  { index: 'team', partition: 'teams' },
  { index: 'team', partition: 'former-teams' },
  ...[
    ...LifecycleState.options.map((state) => `app-state#${state}`),
    ...DecisionSchema.shape.state.options.map((state) => `decision-state#${state}`),
    ...STREAM_PARTITIONS,
  ].map((partition) => ({ index: 'state' as const, partition })),
];

/** Streams read at once: there may be a hundred thousand, and each is two small answers. */
const READ_AT_ONCE = 16;

/**
 * Every stream there is, once: found by the records that have one, and by the first entries of the streams themselves,
 * so that neither a record without entries nor entries without a record go unseen. What is in motion meanwhile is
 * looked at again before anything is said of it.
 */
export async function* everyStream(store: RecordStore): AsyncGenerator<Stream> {
  const breathe = breather();
  const read = (subject: string) => readStream(store, subject);
  for await (const stream of ahead(everySubject(store), READ_AT_ONCE, read)) {
    yield stream;
    await breathe();
  }
}

async function* everySubject(store: RecordStore): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (const list of LISTS) {
    for await (const { key, index } of readable(store, { ...list, limit: 1000 })) {
      // A first entry is indexed by its subject, a record by something of its own.
      const subject = STREAM_PARTITIONS.includes(list.partition) ? index?.state?.sk : key.pk;
      if (subject === undefined || seen.has(subject)) continue;
      seen.add(subject);
      yield subject;
      if (!subject.startsWith('app#')) continue;
      const partition = `app-publishes#${subject.slice('app#'.length)}`;
      for await (const publish of readable(store, { index: 'owner', partition })) {
        if (seen.has(publish.key.pk)) continue;
        seen.add(publish.key.pk);
        yield publish.key.pk;
      }
    }
  }
}

/** A list as far as it can be read: what comes after something damaged is found on another way. */
async function* readable(store: RecordStore, query: Query): AsyncGenerator<StoredRecord> {
  try {
    yield* queryAll(store, query);
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error;
  }
}

/** A change between two reads looks like a fault; one that is still there after so many is one. */
const LOOKS = 4;

/** One stream with its faults. Safe while its record changes. */
export async function readStream(store: RecordStore, subject: string): Promise<Stream> {
  for (let look = 1; ; look += 1) {
    const record = await readHead(store, subject);
    const entries = await readEntries(store, subject, record.head);
    const faults = verifyStream(subject, entries, record.head);
    if (faults.length === 0 || look === LOOKS) return { subject, name: record.name, entries, faults };
  }
}

const Audited = z.object({
  auditSeq: z.int().min(0),
  auditHash: z.string(),
  team: z.string().optional(),
  name: z.string().optional(),
});

/** The head a record carries: undefined when there is no such record; none at all when it can't be read. */
async function readHead(
  store: RecordStore,
  subject: string,
): Promise<{ head: AuditHead | undefined; name: string }> {
  const [kind = '', id = ''] = subject.split('#');
  const stored = await unlessDamaged(store.get({ pk: subject, sk: kind }));
  const record = Audited.safeParse(stored === 'damaged' ? undefined : stored?.data).data;
  const name = nameOf(kind, id, record);
  if (record) return { head: { auditSeq: record.auditSeq, auditHash: record.auditHash }, name };
  return { head: stored === undefined ? undefined : NO_AUDIT, name };
}

function nameOf(kind: string, id: string, record?: z.infer<typeof Audited>): string {
  const called = record?.team !== undefined && record.name !== undefined && `${record.team}/${record.name}`;
  switch (kind) {
    case 'app':
      return called ? `app ${called}` : `app ${id}`;
    case 'publish':
      return called ? `publish ${id} of ${called}` : `publish ${id}`;
    case 'decision':
      return record?.team === undefined ? `question ${id}` : `question ${id} to team ${record.team}`;
    default:
      return `${kind} ${id}`;
  }
}

async function readEntries(store: RecordStore, subject: string, head?: AuditHead): Promise<Placed[]> {
  const read = async () => {
    const stored: StoredRecord[] = [];
    for await (const one of queryAll(store, { partition: streamPartition(subject), limit: 1000 })) {
      stored.push(one);
    }
    return stored.map(({ key, data }) => placed(Number(key.sk), data));
  };
  const all = await unlessDamaged(read());
  if (all !== 'damaged') return all;
  // One that is no JSON spoils the page it is on: each is read by itself, up to a bound somebody may have forged.
  const entries: Placed[] = [];
  for (let seq = 1; seq <= Math.min(head?.auditSeq ?? 0, MOST_BY_ITSELF); seq += 1) {
    const one = await unlessDamaged(store.get(entryKey(subject, seq)));
    if (one !== undefined) entries.push(one === 'damaged' ? { place: seq } : placed(seq, one.data));
  }
  return entries;
}

const MOST_BY_ITSELF = 10_000;

function placed(place: number, data: unknown): Placed {
  const entry = AuditEntrySchema.safeParse(data).data;
  return { place, ...(entry ? { entry } : {}) };
}

async function unlessDamaged<T>(reading: Promise<T>): Promise<T | 'damaged'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CorruptRecord) return 'damaged';
    throw error;
  }
}
