import { type FindingValue, findingOf } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';
import type { ArtifactFault } from './artifact-faults.ts';

/** A fault of an archive in words a person reads. */
export function artifactFinding({ code, entry, detail }: ArtifactFault): Finding {
  const data: Record<string, FindingValue> = { entry: entry || NAMELESS };
  for (const [name, value] of Object.entries(detail)) data[name] = shown(value);
  const { limitBytes, sizeBytes, packedBytes } = detail;
  if (typeof limitBytes === 'number') data.limit = limitText(limitBytes);
  if (typeof sizeBytes === 'number') data.size = sizeText(sizeBytes);
  if (typeof packedBytes === 'number') data.packed = sizeText(packedBytes);
  return findingOf(code, data, entry === undefined ? undefined : { file: entry });
}

/** Stands where a name would, when there is nothing in it that could be shown. */
const NAMELESS = 'a file without a name';

const shown = (value: string | number | readonly string[]): FindingValue =>
  typeof value === 'number' ? value.toLocaleString('en-GB') : value;

/** A limit as file managers say sizes: 100 MB, 1.5 MB, 20 kB. */
export const limitText = (bytes: number): string => amountText(bytes, Math.round);

/** A size, never less than it is, so that what is over a limit reads so. */
export const sizeText = (bytes: number): string => amountText(bytes, Math.ceil);

function amountText(bytes: number, whole: (amount: number) => number): string {
  const [unit, factor] = bytes >= 1_000_000 ? (['MB', 1_000_000] as const) : (['kB', 1_000] as const);
  return `${whole((bytes / factor) * 10) / 10} ${unit}`;
}
