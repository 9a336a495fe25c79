import type { RecordSet } from '../shared/dns/dns.ts';
import type { ZoneReader } from '../shared/dns/zone-reader.ts';
import { CLASS, type Question, RCODE, TYPE } from './dns-message.ts';
import type { Reply } from './dns-reply.ts';

/** A chain of aliases longer than this is a mistake or a loop; the asker gets what there is so far. */
const MAX_ALIASES = 8;

/** RFC 4034: what a delegation is signed with. It stands above the cut, so that is who says that there is none. */
const DS = 43;

export const REFUSED: Reply = { rcode: RCODE.REFUSED, authoritative: false, answers: [], authorities: [] };

/** What an authoritative server says to a question: RFC 1034 section 4.3.2, without wildcards and recursion. */
export function answer(zones: ZoneReader, question: Pick<Question, 'name' | 'type' | 'class'>): Reply {
  if (question.class !== CLASS.IN) return REFUSED;
  const answers: RecordSet[] = [];
  let name: string | undefined = question.name;
  while (name !== undefined && answers.length < MAX_ALIASES) {
    const found = zones.lookup(name);
    if (found.kind === 'outside')
      return answers.length === 0 ? REFUSED : authoritative(RCODE.NOERROR, answers);
    const wanted = matching(found.sets, question.type);
    if (wanted !== undefined) return authoritative(RCODE.NOERROR, [...answers, wanted]);
    if (question.type === DS && found.soa.name === name) {
      const above = zones.lookup(name.slice(name.indexOf('.') + 1));
      if (above.kind === 'inside') return authoritative(RCODE.NOERROR, answers, [above.soa]);
    }
    const alias = found.sets.find((set) => set.type === 'CNAME');
    if (alias === undefined) {
      return authoritative(found.exists ? RCODE.NOERROR : RCODE.NXDOMAIN, answers, [found.soa]);
    }
    answers.push(alias);
    name = alias.values[0];
  }
  return authoritative(RCODE.NOERROR, answers);
}

/** RFC 8482: to ANY, one record set that is there; whoever needs another asks for it. */
function matching(sets: RecordSet[], type: number): RecordSet | undefined {
  return type === TYPE.ANY ? sets[0] : sets.find((set) => TYPE[set.type] === type);
}

function authoritative(rcode: number, answers: RecordSet[], authorities: RecordSet[] = []): Reply {
  return { rcode, authoritative: true, answers, authorities };
}
