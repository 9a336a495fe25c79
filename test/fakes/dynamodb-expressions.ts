import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsFault } from './aws-errors.ts';

/** One comparison of a condition: what is looked at, how, and with which values. */
export interface Term {
  test:
    | 'attribute_not_exists'
    | 'attribute_exists'
    | 'begins_with'
    | 'BETWEEN'
    | '='
    | '<='
    | '>='
    | '<'
    | '>';
  attribute: string;
  values: AttributeValue[];
}

interface Expressed {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

export const invalid = (message: string): AwsFault => new AwsFault('ValidationException', 400, message);

/**
 * A condition: terms joined by AND, which is all that is read here. Every name stands behind a `#`, since a bare one may
 * be among the 500 reserved words. What is declared must be used, and what is used declared.
 * @throws AwsFault `ValidationException`
 */
export function readCondition(text: string, expressed: Expressed): Term[] {
  const tokens = new Tokens(text, expressed);
  const terms = [readTerm(tokens)];
  while (!tokens.isAtEnd) {
    tokens.take('AND');
    terms.push(readTerm(tokens));
  }
  tokens.checkAllUsed();
  return terms;
}

/** An update that adds to numbers: `ADD #name :value`. */
export function readAddition(text: string, expressed: Expressed): { attribute: string; by: AttributeValue } {
  const tokens = new Tokens(text, expressed);
  tokens.take('ADD');
  const addition = { attribute: tokens.name(), by: tokens.value() };
  if (!tokens.isAtEnd) throw tokens.odd();
  tokens.checkAllUsed();
  return addition;
}

function readTerm(tokens: Tokens): Term {
  const called = tokens.takeIf('attribute_not_exists', 'attribute_exists', 'begins_with');
  if (called !== undefined) {
    tokens.take('(');
    const attribute = tokens.name();
    const values: AttributeValue[] = [];
    if (called === 'begins_with') {
      tokens.take(',');
      values.push(tokens.value());
    }
    tokens.take(')');
    return { test: called, attribute, values };
  }
  const attribute = tokens.name();
  const test = tokens.takeIf('BETWEEN', '=', '<=', '>=', '<', '>');
  if (test === undefined) throw tokens.odd();
  const values = [tokens.value()];
  if (test === 'BETWEEN') {
    tokens.take('AND');
    values.push(tokens.value());
  }
  return { test, attribute, values };
}

class Tokens {
  readonly #tokens: string[];
  readonly #text: string;
  readonly #names: Map<string, string>;
  readonly #values: Map<string, AttributeValue>;
  readonly #used = new Set<string>();

  constructor(text: string, { ExpressionAttributeNames, ExpressionAttributeValues }: Expressed) {
    this.#text = text;
    this.#tokens = text.match(/[#:]?\w+|<=|>=|<>|\S/g) ?? [];
    this.#names = new Map(Object.entries(ExpressionAttributeNames ?? {}));
    this.#values = new Map(Object.entries(ExpressionAttributeValues ?? {}));
  }

  get isAtEnd(): boolean {
    return this.#tokens.length === 0;
  }

  take(expected: string): void {
    if (this.#tokens[0] !== expected) throw this.odd();
    this.#tokens.shift();
  }

  takeIf<T extends string>(...any: T[]): T | undefined {
    const found = any.find((each) => each === this.#tokens[0]);
    if (found !== undefined) this.#tokens.shift();
    return found;
  }

  name(): string {
    return this.#declared('#', this.#names, 'ExpressionAttributeNames');
  }

  value(): AttributeValue {
    return this.#declared(':', this.#values, 'ExpressionAttributeValues');
  }

  odd(): AwsFault {
    return invalid(
      `Invalid expression: Syntax error; token: "${this.#tokens[0] ?? '<EOF>'}" in "${this.#text}"`,
    );
  }

  checkAllUsed(): void {
    const unused = [...this.#names.keys(), ...this.#values.keys()].filter((each) => !this.#used.has(each));
    if (unused.length > 0) throw invalid(`Value provided in an expression is unused: ${unused.join(', ')}`);
  }

  #declared<T>(sign: string, declared: Map<string, T>, where: string): T {
    const [token = ''] = this.#tokens;
    if (!token.startsWith(sign)) throw this.odd();
    const found = declared.get(token);
    if (found === undefined) throw invalid(`${token} in "${this.#text}" is not in ${where}`);
    this.#tokens.shift();
    this.#used.add(token);
    return found;
  }
}
