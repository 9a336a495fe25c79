import { CottageError } from '../errors/errors.ts';
import type { AppId } from '../ids/ids.ts';
import type { HostingEndpoint } from '../teams/endpoint.ts';
import type { Changes, RecordSet, RecordType } from './dns.ts';

/** What stands at a name is not this app's to change: made by hand, by another program, or another app's. */
export class NotOurs extends CottageError {
  override readonly name = 'NotOurs';
}

/** Short, so that a removed or moved name is forgotten by every cache a minute later. */
export const RECORD_TTL_SECONDS = 60;

/** The types a plan writes at an app's host. Of any other type there, none is ours. */
const ENDPOINT_TYPES: readonly RecordType[] = ['A', 'AAAA', 'CNAME'];

/** The name of an app's owner mark. It stands beside the host, not at it: a TXT beside a CNAME is illegal. */
export const ownerMarkName = (host: string): string => `_cottage.${host}`;

/** The value of an app's owner mark. */
export const ownerMark = (appId: AppId): string => `heritage=cottage,app=${appId}`;

/**
 * The changes after which `host` leads to the endpoint and carries the app's owner mark. Nothing when it does already.
 * `existing` is all of the zone's record sets, as `Dns.records` returns them.
 * @throws NotOurs when the host is not inside the zone, or records stand there that do not carry this app's mark.
 */
export function planAppRecords(
  app: { appId: AppId; host: string; zone: string; endpoint: HostingEndpoint },
  existing: RecordSet[],
): Changes {
  const { appId, host, zone, endpoint } = app;
  if (!host.endsWith(`.${zone}`)) throw new NotOurs(`${host} is not inside the zone ${zone}`);
  const marks = existing.filter((set) => set.name === ownerMarkName(host));
  const standing = existing.filter((set) => set.name === host);
  if (!carriesMark(marks, appId) && marks.length + standing.length > 0) {
    throw new NotOurs(`${host} has records, and no owner mark of the app ${appId}`);
  }
  const foreign = standing.find((set) => !ENDPOINT_TYPES.includes(set.type));
  if (foreign !== undefined)
    throw new NotOurs(`${host} has a ${foreign.type} record that Cottage did not make`);

  const desired = [...endpointSets(host, endpoint), markSet(host, appId)];
  const present = [...standing, ...marks];
  return {
    create: desired.filter((set) => !present.some((other) => sameSet(set, other))),
    remove: present.filter((set) => !desired.some((other) => sameSet(set, other))),
  };
}

/**
 * The changes after which nothing of the app's is left at `host`. What does not carry the app's mark stays as it is, so
 * that a removal that runs again, after the name has gone to somebody else, is harmless.
 */
export function planAppRemoval(app: { appId: AppId; host: string }, existing: RecordSet[]): Changes {
  const marks = existing.filter((set) => set.name === ownerMarkName(app.host));
  if (!carriesMark(marks, app.appId)) return { create: [], remove: [] };
  const ours = existing.filter((set) => set.name === app.host && ENDPOINT_TYPES.includes(set.type));
  return { create: [], remove: [...ours, ...marks] };
}

/** True when the mark is there, is this app's, and nothing else stands at its name. */
function carriesMark(marks: RecordSet[], appId: AppId): boolean {
  const [mark, ...others] = marks;
  if (mark === undefined || others.length > 0 || mark.type !== 'TXT') return false;
  return mark.values.length === 1 && mark.values[0] === ownerMark(appId);
}

function markSet(host: string, appId: AppId): RecordSet {
  return recordSet(ownerMarkName(host), 'TXT', ownerMark(appId));
}

function endpointSets(host: string, endpoint: HostingEndpoint): RecordSet[] {
  if (endpoint.kind === 'name') return [recordSet(host, 'CNAME', endpoint.name)];
  const ipv4 = recordSet(host, 'A', endpoint.ipv4);
  return endpoint.ipv6 === undefined ? [ipv4] : [ipv4, recordSet(host, 'AAAA', endpoint.ipv6)];
}

function recordSet(name: string, type: RecordType, value: string): RecordSet {
  return { name, type, ttlSeconds: RECORD_TTL_SECONDS, values: [value] };
}

/** Are these the same record set? Order of values does not matter. */
export function sameSet(a: RecordSet, b: RecordSet): boolean {
  return canonical(a) === canonical(b);
}

function canonical(set: RecordSet): string {
  return JSON.stringify([set.name, set.type, set.ttlSeconds, set.values.toSorted()]);
}
