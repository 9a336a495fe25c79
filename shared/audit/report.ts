import { sha256 } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { type AuditEntry, type AuditFault, type AuditHead, readAudit, verifyAudit } from './audit.ts';

/** Every record that has an audit stream, with the stream. */
export async function* everyStream(
  deps: Deps,
): AsyncGenerator<{ subject: string; head: AuditHead; entries: AuditEntry[] }> {
  for await (const { subject, head } of everyHead(deps)) {
    yield { subject, head, entries: await readAudit(deps.store, subject) };
  }
}

async function* everyHead({
  teams,
  platforms,
  apps,
  publishes,
  decisions,
}: Deps): AsyncGenerator<{ subject: string; head: AuditHead }> {
  for (const platform of await platforms.all())
    yield { subject: `platform#${platform.platformId}`, head: platform };
  for (const team of await teams.all()) {
    yield { subject: `team#${team.name}`, head: team };
    for (const { appId } of await apps.ofTeam(team.name)) {
      yield { subject: `app#${appId}`, head: (await apps.get(appId)).value };
      for (const publish of await publishes.ofApp(appId, Infinity)) {
        yield { subject: `publish#${publish.publishId}`, head: publish };
        const asked = publish.decisionId && (await decisions.find(publish.decisionId));
        if (asked) yield { subject: `decision#${asked.value.decisionId}`, head: asked.value };
      }
    }
  }
}

export interface AuditReport {
  ok: boolean;
  streams: number;
  entries: number;
  head: string;
  faults: (Omit<AuditFault, 'fault'> & { fault: AuditFault['fault'] | 'rewritten' })[];
}

/**
 * Checks every stream against itself and its record. `kept` is a head from an earlier report: streams may have grown
 * since, but what they held then must still be there.
 */
export async function auditReport(deps: Deps, kept?: string): Promise<AuditReport> {
  const faults: AuditReport['faults'] = [];
  const heads = new Map<string, AuditHead>();
  const known = kept === undefined ? new Map<string, string>() : readHead(kept);
  let count = 0;
  for await (const { subject, head, entries } of everyStream(deps)) {
    if (heads.has(subject)) continue;
    heads.set(subject, { auditSeq: head.auditSeq, auditHash: head.auditHash });
    count += entries.length;
    faults.push(...verifyAudit(subject, entries, head));
    const before = known.get(shortOf(subject));
    if (before !== undefined && !entries.some((entry) => markOf(entry.seq, entry.hash) === before)) {
      faults.push({ subject, seq: Number(before.split('.')[0]), fault: 'rewritten' });
    }
    known.delete(shortOf(subject));
  }
  for (const [short, mark] of known)
    faults.push({ subject: short, seq: Number(mark.split('.')[0]), fault: 'missing' });
  return { ok: faults.length === 0, streams: heads.size, entries: count, head: writeHead(heads), faults };
}

/** A kept head: for each stream a short name, how long it was, and the beginning of its last hash. */
const writeHead = (heads: Map<string, AuditHead>): string =>
  [...heads]
    .map(([subject, head]) => `${shortOf(subject)}.${markOf(head.auditSeq, head.auditHash)}`)
    .join('~');

function readHead(text: string): Map<string, string> {
  const known = new Map<string, string>();
  for (const part of text.split('~')) {
    const [short, seq, hash] = part.split('.');
    if (short && seq && hash) known.set(short, `${seq}.${hash}`);
  }
  return known;
}

const shortOf = (subject: string): string => sha256(subject).slice(0, 12);
const markOf = (seq: number, hash: string): string => `${seq}.${hash.slice(0, 16)}`;
