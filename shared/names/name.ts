import type { FindingData } from '../findings/catalogue.ts';
import { isLabel, maxNameLength, maxTeamLength, slugOf } from './labels.ts';
import { reservedTwin, twinAmong } from './look-alikes.ts';
import { RESERVED_WORDS } from './reserved-words.ts';

/** A name somebody asks for, and what it is held against. */
export interface NameRequest {
  team: string;
  name: string;
  baseDomain: string;
  /** The only names the team may use: whole ones, or beginnings that end in `*`. Absent: any. */
  allow?: readonly string[] | undefined;
  /** Names of the team's apps, so that the new one looks like none of them. */
  existing?: Iterable<string> | undefined;
}

type FaultCode = 'name/invalid' | 'name/too-long' | 'name/reserved' | 'name/look-alike' | 'name/not-allowed';

/** What is wrong with a name, ready for `findingOf(fault.code, fault.data)`. */
export type NameFault = { [Code in FaultCode]: { code: Code; data: FindingData<Code> } }[FaultCode];

/**
 * What is wrong with the name, if anything; the first fault found. Ask before a name is claimed: one that was claimed is
 * not asked again, or a longer list of reserved words would stop apps that are there. Whether it is taken is not asked
 * here. Nothing is mended silently: `Lunch` is refused, and `lunch` is suggested.
 */
export function checkName(request: NameRequest): NameFault | undefined {
  const maxLength = maxNameLength(request.team, request.baseDomain);
  return (
    notALabel(request.name, maxLength) ??
    tooLong(request.name, maxLength) ??
    reserved(request.name, maxLength) ??
    likeReserved(request.name) ??
    likeExisting(request) ??
    notAllowed(request)
  );
}

/** The same for the name of a team. One that passes leaves room for apps' names of 16 characters at least. */
export function checkTeamName(name: string, baseDomain: string): NameFault | undefined {
  const maxLength = maxTeamLength(baseDomain);
  return (
    notALabel(name, maxLength) ?? tooLong(name, maxLength) ?? reserved(name, maxLength) ?? likeReserved(name)
  );
}

function notALabel(name: string, maxLength: number): NameFault | undefined {
  if (isLabel(name)) return undefined;
  return { code: 'name/invalid', data: { name, suggestion: acceptable(slugOf(name, maxLength), maxLength) } };
}

function tooLong(name: string, maxLength: number): NameFault | undefined {
  if (name.length <= maxLength) return undefined;
  return { code: 'name/too-long', data: { name, limit: String(maxLength) } };
}

function reserved(name: string, maxLength: number): NameFault | undefined {
  if (!RESERVED_WORDS.has(name)) return undefined;
  return { code: 'name/reserved', data: { name, suggestion: acceptable(name, maxLength) } };
}

function likeReserved(name: string): NameFault | undefined {
  const other = reservedTwin(name);
  return other === undefined ? undefined : { code: 'name/look-alike', data: { name, other } };
}

function likeExisting({ name, existing = [] }: NameRequest): NameFault | undefined {
  const other = twinAmong(existing, name);
  // The very same name is not an imitation: whether it is taken is another question.
  if (other === undefined || other === name) return undefined;
  return { code: 'name/look-alike', data: { name, other } };
}

function notAllowed({ name, allow }: NameRequest): NameFault | undefined {
  if (allow === undefined || allow.some((pattern) => allows(pattern, name))) return undefined;
  return { code: 'name/not-allowed', data: { name, allowed: allow } };
}

const allows = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** The label, with an ending where it would be refused as it is. */
const acceptable = (label: string, maxLength: number): string =>
  reservedTwin(label) === undefined ? label : slugOf(`${label}-app`, maxLength);
