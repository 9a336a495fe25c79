import { type Query, RCODE } from './dns-message.ts';
import { HEADER_BYTES } from './dns-records.ts';
import { isTruncated, type Transport, udpLimit } from './dns-reply.ts';

/** Of at most a few kilobytes each. */
const MOST = 2_000;
const RECURSION_DESIRED = 0x01;

/**
 * Answers as they were sent, for as long as nothing in the zones has changed: most questions have been asked before.
 * Only what there is is kept, for names that do not exist are without end.
 */
export class RememberedAnswers {
  readonly #versionOf: () => string;
  readonly #kept = new Map<string, Buffer>();
  #version = '';

  /** `versionOf` says another thing after every change of anything an answer is made of. */
  constructor(versionOf: () => string) {
    this.#versionOf = versionOf;
  }

  /** The whole answer, if it is known and fits: with the id, the RD bit and the letters of this question. */
  find(query: Query, transport: Transport): Buffer | undefined {
    const version = this.#versionOf();
    if (version !== this.#version) {
      this.#kept.clear();
      this.#version = version;
    }
    const kept = this.#kept.get(keyOf(query));
    if (!kept || (transport === 'udp' && kept.length > udpLimit(query.edns))) return undefined;
    const { envelope, question } = query;
    const message = Buffer.from(kept);
    message.writeUInt16BE(envelope.id, 0);
    message.writeUInt8((message.readUInt8(2) & ~RECURSION_DESIRED) | envelope.recursionDesired, 2);
    question.octets.copy(message, HEADER_BYTES);
    return message;
  }

  /** Called right after `find`, with what was made of the zones since. */
  keep(query: Query, rcode: number, message: Buffer): void {
    if (rcode !== RCODE.NOERROR || isTruncated(message)) return;
    if (this.#kept.size >= MOST) this.#kept.clear();
    this.#kept.set(keyOf(query), message);
  }
}

/** Everything an answer depends on, but what is written into it anew. */
function keyOf({ question, edns }: Query): string {
  const opt = edns === undefined ? '' : `${edns.version} ${edns.dnssecOk}`;
  return `${question.name} ${question.type} ${question.class} ${opt}`;
}
