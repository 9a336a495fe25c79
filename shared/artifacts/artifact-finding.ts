import { type FindingValue, findingOf } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';
import type { ArtifactFault } from './artifact-faults.ts';

/** A fault of an archive in words a person reads. */
export function artifactFinding({ code, entry, detail }: ArtifactFault): Finding {
  const data: Record<string, FindingValue> = { entry: entry ?? '' };
  for (const [name, value] of Object.entries(detail)) data[name] = shown(value);
  if (typeof detail.limitBytes === 'number') data.limit = sizeText(detail.limitBytes);
  return findingOf(code, data, entry === undefined ? undefined : { file: entry });
}

const shown = (value: string | number | readonly string[]): FindingValue =>
  typeof value === 'number' ? value.toLocaleString('en-GB') : value;

/** 100 MB, 1.5 MB, 20 kB: as file managers say it. */
export function sizeText(sizeBytes: number): string {
  const [unit, factor] = sizeBytes >= 1_000_000 ? (['MB', 1_000_000] as const) : (['kB', 1_000] as const);
  return `${Math.round((sizeBytes / factor) * 10) / 10} ${unit}`;
}
