import type { Finding } from '../shared/findings/finding.ts';

/** Findings as a person reads them: what, what to do about it, where, and why. The weightiest first. */
export function findingLines(findings: readonly Finding[]): string[] {
  const weight = { block: 0, warn: 1, info: 2 };
  return findings
    .toSorted((a, b) => weight[a.severity] - weight[b.severity])
    .flatMap((finding) => [
      '',
      `${MARK[finding.severity]} ${finding.title}`,
      `    What to do: ${finding.fix}`,
      ...(finding.where === undefined ? [] : [`    Where: ${placeOf(finding.where)}`]),
      `    Why: ${finding.why}`,
    ]);
}

const MARK = { block: '  ✗', warn: '  !', info: '  i' };

function placeOf({ file, line, column }: NonNullable<Finding['where']>): string {
  if (line === undefined) return file;
  return column === undefined ? `${file}, line ${line}` : `${file}, line ${line}, character ${column}`;
}
