import type { RecordSet } from '../shared/dns/dns.ts';
import type { ZoneReader } from '../shared/dns/zone-reader.ts';
import { CLASS, type Query, RCODE, TYPE } from './dns-message.ts';
import { type Reply, writeReply } from './dns-reply.ts';

/** IXFR; dns2 knows only AXFR. */
const IXFR = 251;
const TRANSFERS: readonly number[] = [TYPE.AXFR, IXFR];

/** Compression pointers reach 16 kB; a message that ends about there is as small as it gets. */
const MESSAGE_BYTES = 16_000;

export const isTransfer = ({ question }: Query): boolean => TRANSFERS.includes(question.type);

const NOT_OURS: Reply = { rcode: RCODE.NOTAUTH, authoritative: false, answers: [], authorities: [] };

/**
 * A whole zone (RFC 5936): its SOA, everything else, its SOA once more, in as many messages as it takes. Who asks for what
 * has changed (IXFR) gets the same, as RFC 1995 allows.
 */
export function* transfer(zones: ZoneReader, query: Query): Generator<Buffer> {
  const sets = query.question.class === CLASS.IN ? zones.whole(query.question.name) : undefined;
  const [soa] = sets ?? [];
  if (!sets || !soa) {
    yield writeReply(query, NOT_OURS, 'tcp');
    return;
  }
  for (const answers of inMessages([...sets, soa])) {
    yield writeReply(query, { rcode: RCODE.NOERROR, authoritative: true, answers, authorities: [] }, 'tcp');
  }
}

function* inMessages(sets: RecordSet[]): Generator<RecordSet[]> {
  let batch: RecordSet[] = [];
  let bytes = 0;
  for (const set of sets) {
    if (bytes > MESSAGE_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(set);
    bytes += set.values.reduce((sum, value) => sum + set.name.length + value.length + 16, 0);
  }
  yield batch;
}
