import type { NormalizedSchema } from '@smithy/core/schema';
import { InvalidShape, isPlain, membersOf } from './aws-shapes.ts';
import { readBytes, readTime, writeTime } from './aws-text.ts';

/**
 * A value as a fake takes it, out of parsed JSON: bytes out of base64, dates out of times, nulls left out. What is not in
 * the model stays as it is, for `checkShape` to find.
 */
export function readJson(schema: NormalizedSchema, wire: unknown, path: string): unknown {
  if (Array.isArray(wire) && schema.isListSchema()) {
    return wire.map((item, i) => readJson(schema.getValueSchema(), item, `${path}[${i}]`));
  }
  if (isPlain(wire) && schema.isMapSchema()) {
    return mapValues(wire, (item, key) => readJson(schema.getValueSchema(), item, `${path}.${key}`));
  }
  if (isPlain(wire) && (schema.isStructSchema() || schema.isUnitSchema())) {
    const members = membersOf(schema);
    return mapValues(wire, (item, name) => {
      const member = members.get(name);
      return member === undefined ? item : readJson(member, item, `${path}.${name}`);
    });
  }
  if (schema.isBlobSchema() && typeof wire === 'string') return readBytes(wire, path);
  if (schema.isTimestampSchema()) {
    if (typeof wire !== 'string' && typeof wire !== 'number') throw new InvalidShape(path, 'is no time');
    return readTime(schema, wire, 'epoch-seconds', path);
  }
  return wire;
}

/** The other way round. */
export function writeJson(schema: NormalizedSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => writeJson(schema.getValueSchema(), item));
  if (value instanceof Date) return writeTime(schema, value, 'epoch-seconds');
  if (ArrayBuffer.isView(value)) return Buffer.from(value as Uint8Array).toString('base64');
  if (isPlain(value) && schema.isMapSchema()) {
    return mapValues(value, (item) => writeJson(schema.getValueSchema(), item));
  }
  if (isPlain(value) && schema.isStructSchema()) {
    return mapValues(value, (item, name) => writeJson(schema.getMemberSchema(name), item));
  }
  return value;
}

function mapValues(
  object: Record<string, unknown>,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  const present = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, change(value, name)]));
}
