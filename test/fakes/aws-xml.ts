import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { parseXML } from '@aws-sdk/xml-builder';
import type { NormalizedSchema } from '@smithy/core/schema';
import { InvalidShape, isPlain, membersOf } from './aws-shapes.ts';
import { readText } from './aws-text.ts';

/** What stands in the root element of a document. */
export function parseDocument(text: string): unknown {
  return Object.values(parseXML(text) as Record<string, unknown>)[0];
}

/**
 * A value as a fake takes it, out of a parsed element. What is not in the model stays as it is, for `checkShape` to find.
 */
export function readXml(schema: NormalizedSchema, wire: unknown, path: string): unknown {
  if (schema.isListSchema()) return readList(schema, wire, path);
  if (Array.isArray(wire)) throw new InvalidShape(path, 'is given more than once');
  if (schema.isMapSchema()) throw new InvalidShape(path, 'is a map in XML, which no fake reads yet');
  if (!schema.isStructSchema()) {
    const text = isPlain(wire) ? (wire['#text'] ?? '') : wire;
    return readText(schema, String(text), 'date-time', path);
  }
  const children = withoutNamespaces(wire === '' ? {} : wire, path);
  const members = new Map(
    [...membersOf(schema)].map(([name, member]) => [elementOf(member), { name, member }]),
  );
  return Object.fromEntries(
    Object.entries(children).map(([element, child]) => {
      const found = members.get(element);
      if (found === undefined) return [element, child];
      return [found.name, readXml(found.member, child, `${path}.${found.name}`)];
    }),
  );
}

function readList(schema: NormalizedSchema, wire: unknown, path: string): unknown[] {
  const item = schema.getValueSchema();
  let items = wire;
  if (!schema.getMergedTraits().xmlFlattened) {
    const name = item.getMergedTraits().xmlName ?? 'member';
    const { [name]: named = [], ...others } = withoutNamespaces(wire === '' ? {} : wire, path);
    const [other] = Object.keys(others);
    if (other !== undefined) throw new InvalidShape(`${path}.${other}`, 'is not in the model');
    items = named;
  }
  const list: unknown[] = Array.isArray(items) ? items : [items];
  return list.map((one, i) => readXml(item, one, `${path}[${i}]`));
}

const elementOf = (member: NormalizedSchema): string =>
  member.getMemberTraits().xmlName ?? member.getMemberName();

function withoutNamespaces(wire: unknown, path: string): Record<string, unknown> {
  if (!isPlain(wire)) throw new InvalidShape(path, `is not a structure: ${String(wire)}`);
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !/^xmlns(:|$)/.test(name)));
}

/**
 * A structure as an element; of its members only the ones named. The SDK does not look at the name of a root element.
 */
export function writeXml(
  schema: NormalizedSchema,
  value: Record<string, unknown>,
  { xmlNamespace, only = Object.keys(value) }: { xmlNamespace?: string | undefined; only?: string[] } = {},
): string {
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: DATE_TIME },
    httpBindings: true,
    serviceNamespace: '',
    xmlNamespace: xmlNamespace ?? '',
  });
  serializer.write(schema, Object.fromEntries(only.map((name) => [name, value[name]])));
  return String(serializer.flush());
}

/** How the schemas number the format of XML's times. */
const DATE_TIME = 5;
