import type { NormalizedSchema } from '@smithy/core/schema';
import { InvalidShape } from './aws-shapes.ts';

/** Timestamps as the schemas number them: of no format of their own, and of each of the three there are. */
const [UNSAID, DATE_TIME, HTTP_DATE, EPOCH_SECONDS] = [4, 5, 6, 7];

export type TimeFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** The format of a timestamp, which the place gives unless the member says another. */
function formatOf(schema: NormalizedSchema, byPlace: TimeFormat): TimeFormat {
  const said = schema.getSchema() as number;
  if (said === DATE_TIME) return 'date-time';
  if (said === HTTP_DATE) return 'http-date';
  if (said === EPOCH_SECONDS) return 'epoch-seconds';
  if (said !== UNSAID) throw new TypeError(`not a timestamp: ${String(said)}`);
  return byPlace;
}

/** @throws InvalidShape when the text is no date of this format. */
export function readTime(
  schema: NormalizedSchema,
  wire: string | number,
  byPlace: TimeFormat,
  path: string,
): Date {
  const isSeconds = formatOf(schema, byPlace) === 'epoch-seconds';
  const date = new Date(isSeconds ? Number(wire) * 1000 : wire);
  if (Number.isNaN(date.getTime()) || wire === '') throw new InvalidShape(path, `is no time: ${wire}`);
  return date;
}

export function writeTime(schema: NormalizedSchema, value: Date, byPlace: TimeFormat): string | number {
  const format = formatOf(schema, byPlace);
  if (format === 'epoch-seconds') return value.getTime() / 1000;
  return format === 'http-date' ? value.toUTCString() : value.toISOString();
}

export function readBytes(text: string, path: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new InvalidShape(path, 'is not base64');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** A simple value out of the text of an XML element, a header, a label or a query parameter. */
export function readText(schema: NormalizedSchema, text: string, byPlace: TimeFormat, path: string): unknown {
  if (schema.isTimestampSchema()) return readTime(schema, text, byPlace, path);
  if (schema.isBlobSchema()) return readBytes(text, path);
  if (schema.isStringSchema()) return text;
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw new InvalidShape(path, `is not true or false: ${text}`);
    return text === 'true';
  }
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new InvalidShape(path, `is no number: ${text}`);
  return Number(text);
}

/** The text of a simple value in a header. */
export function writeHeader(schema: NormalizedSchema, value: unknown): string {
  if (value instanceof Date) return String(writeTime(schema, value, 'http-date'));
  return String(value);
}
