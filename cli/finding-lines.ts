import type { Finding } from '../shared/findings/finding.ts';

/** Findings as a person reads them: what, what to do about it, where, and why. The weightiest first. */
export function findingLines(findings: readonly Finding[]): string[] {
  const weight = { block: 0, warn: 1, info: 2 };
  return findings
    .toSorted((a, b) => weight[a.severity] - weight[b.severity])
    .flatMap((finding) => [
      '',
      `${MARK[finding.severity]} ${finding.title}`,
      // Where there is nothing to do, there is nothing to explain.
      ...(finding.severity === 'info' ? [] : details(finding)),
    ]);
}

const details = ({ fix, where, why }: Finding): string[] => [
  `    What to do: ${fix}`,
  ...(where === undefined ? [] : [`    Where: ${placeOf(where)}`]),
  `    Why: ${why}`,
];

const MARK = { block: '  ✗', warn: '  !', info: '  i' };

function placeOf({ file, line, column }: NonNullable<Finding['where']>): string {
  if (line === undefined) return file;
  return column === undefined ? `${file}, line ${line}` : `${file}, line ${line}, character ${column}`;
}
