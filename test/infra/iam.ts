import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { Part, Synthesised, Template } from './synthesised.ts';

/** A statement of any policy in a template, with everything a list and every reference text. */
export interface Statement {
  part: Part;
  /** The logical id of the resource it stands in, and that resource's type. */
  id: string;
  type: string;
  effect: string;
  actions: string[];
  resources: string[];
  conditions: Record<string, Record<string, unknown>>;
  principal: unknown;
}

const list = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const text = (value: unknown): string => flattenCfnReference(value);

/** Every object in the template that is a statement: whichever property of whichever resource holds it. */
function* statementsIn(value: unknown): Generator<object> {
  if (typeof value !== 'object' || value === null) return;
  if ('Effect' in value && ('Action' in value || 'NotAction' in value)) yield value;
  for (const inner of Object.values(value)) yield* statementsIn(inner);
}

export function statementsOf(part: Part, template: Template): Statement[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
    ([...statementsIn(Properties)] as Record<string, unknown>[]).map((statement) => ({
      part,
      id,
      type: Type,
      effect: String(statement['Effect']),
      actions: [
        ...list(statement['Action']),
        ...list(statement['NotAction']).map((a) => `not ${String(a)}`),
      ].map(text),
      resources: [...list(statement['Resource']), ...list(statement['NotResource']).map(() => '*')].map(text),
      conditions: (statement['Condition'] ?? {}) as Statement['conditions'],
      principal: statement['Principal'],
    })),
  );
}

export const allStatements = ({ templates }: Synthesised): Statement[] =>
  (Object.entries(templates) as [Part, Template][]).flatMap(([part, template]) =>
    statementsOf(part, template),
  );

/** What roles are granted: not what boundaries allow, and not what resources say of who may come. */
export const grantsIn = (statements: Statement[]): Statement[] =>
  statements.filter(({ type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow');
