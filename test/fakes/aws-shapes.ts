import type { NormalizedSchema } from '@smithy/core/schema';

/** A value that is not what its service's model says; the message begins with where it stands. */
export class InvalidShape extends Error {
  override readonly name = 'InvalidShape';
  constructor(path: string, fault: string) {
    super(`${path} ${fault}`);
  }
}

export const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/**
 * Holds a request or an answer to the model: every member known, every required one there, every type right, one member
 * of a union. The models the SDK ships have no lengths, patterns or enums: those are for the fakes to refuse.
 * @throws InvalidShape at the first thing that does not fit.
 */
export function checkShape(schema: NormalizedSchema, value: unknown, path: string): void {
  if (schema.isUnitSchema() || schema.isStructSchema()) {
    checkStructure(schema, value, path);
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw new InvalidShape(path, 'is not a list');
    for (const [i, item] of value.entries()) checkShape(schema.getValueSchema(), item, `${path}[${i}]`);
  } else if (schema.isMapSchema()) {
    if (!isPlain(value)) throw new InvalidShape(path, 'is not a map');
    for (const [key, item] of Object.entries(value)) {
      checkShape(schema.getValueSchema(), item, `${path}.${key}`);
    }
  } else {
    checkSimple(schema, value, path);
  }
}

function checkStructure(schema: NormalizedSchema, value: unknown, path: string): void {
  if (!isPlain(value)) throw new InvalidShape(path, 'is not a structure');
  const members = membersOf(schema);
  const given = Object.keys(value).filter((name) => value[name] !== undefined);
  for (const name of given) {
    const member = members.get(name);
    if (member === undefined) throw new InvalidShape(`${path}.${name}`, 'is not in the model');
    checkShape(member, value[name], `${path}.${name}`);
  }
  for (const name of requiredOf(schema)) {
    if (value[name] === undefined) throw new InvalidShape(`${path}.${name}`, 'is required and missing');
  }
  if (schema.isUnionSchema() && given.length !== 1) {
    throw new InvalidShape(path, `has ${given.length} members; a union has one`);
  }
}

function checkSimple(schema: NormalizedSchema, value: unknown, path: string): void {
  const fits = schema.isBlobSchema()
    ? ArrayBuffer.isView(value) || (schema.isStreaming() && typeof value === 'string')
    : schema.isTimestampSchema()
      ? value instanceof Date && !Number.isNaN(value.getTime())
      : schema.isBooleanSchema()
        ? typeof value === 'boolean'
        : schema.isStringSchema()
          ? typeof value === 'string'
          : schema.isDocumentSchema() || (typeof value === 'number' && Number.isFinite(value));
  if (!fits) throw new InvalidShape(path, `is of the wrong type: ${JSON.stringify(value)}`);
}

export const membersOf = (schema: NormalizedSchema): Map<string, NormalizedSchema> =>
  new Map(schema.isUnitSchema() ? [] : schema.structIterator());

/** The generator puts the required members first and says how many they are. */
function requiredOf(schema: NormalizedSchema): string[] {
  if (schema.isUnitSchema()) return [];
  const [, , , , names, , required = 0] = schema.getSchema() as unknown as [
    ...head: [kind: number, namespace: string, name: string, traits: unknown],
    names: string[],
    members: unknown[],
    required?: number,
  ];
  return names.slice(0, required);
}
