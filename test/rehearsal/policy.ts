import type { Statement } from '../infra/iam.ts';
import type { Asked } from './asked.ts';

/**
 * May the holder of these statements do that? As IAM decides it: a statement that denies wins, and what none allows is
 * denied (IAM User Guide, "Policy evaluation logic"). Knows the conditions that the templates use, and no others.
 */
export function isAllowed(statements: readonly Statement[], asked: Asked): boolean {
  const fitting = statements.filter(
    ({ actions, resources, conditions }) =>
      actions.includes(asked.action) &&
      resources.some((pattern) => isLike(asked.resource, pattern)) &&
      Object.entries(conditions).every(([operator, keys]) =>
        Object.entries(keys).every(([key, wanted]) =>
          holds(operator, [wanted].flat().map(String), asked.context[key]),
        ),
      ),
  );
  return fitting.length > 0 && fitting.every(({ effect }) => effect === 'Allow');
}

function holds(operator: string, wanted: string[], given: string[] | undefined): boolean {
  const [set, plain] = operator.startsWith('ForAllValues:') ? [true, operator.slice(13)] : [false, operator];
  switch (plain) {
    case 'Null':
      return (given === undefined) === (wanted[0] === 'true');
    case 'StringEquals':
      return set || given !== undefined ? (given ?? []).every((value) => wanted.includes(value)) : false;
    case 'StringLike':
      return set || given !== undefined
        ? (given ?? []).every((value) => wanted.some((pattern) => isLike(value, pattern)))
        : false;
    default:
      throw new TypeError(`nobody has said what ${operator} means`);
  }
}

function isLike(value: string, pattern: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(value);
}
