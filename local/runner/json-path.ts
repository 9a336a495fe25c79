import type { Json, JsonObject } from '../../shared/records/record-store.ts';
import { StateError } from './state-error.ts';

/** A JSONPath that names one place: `$.a.b`, `$['a b']`, `$.a[0]`, or the same in the context object after `$$`. */
export interface ReferencePath {
  text: string;
  root: '$' | '$$';
  steps: (string | number)[];
}

/** A payload template, ready to be filled: a field whose name ends in `.$` holds a path instead of a value. */
export type Template =
  | { literal: Json }
  | { path: ReferencePath }
  | { items: Template[] }
  | { fields: [name: string, value: Template][] };

const WHOLE = /^\$\$?(?:\.[A-Za-z_][A-Za-z0-9_]*|\['[^'\\]+'\]|\[\d{1,6}\])*$/;
const STEPS = /\.([A-Za-z_][A-Za-z0-9_]*)|\['([^'\\]+)'\]|\[(\d+)\]/g;

/** @throws SyntaxError for filters, slices, wildcards, functions: whatever does not name exactly one place. */
export function parsePath(text: Json): ReferencePath {
  if (typeof text !== 'string' || !WHOLE.test(text)) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a path that is understood`);
  }
  const steps = [...text.matchAll(STEPS)].map(([, name, quoted, index]) => name ?? quoted ?? Number(index));
  return { text, root: text.startsWith('$$') ? '$$' : '$', steps };
}

/** What stands at `path`; undefined when nothing does. */
export function find(path: ReferencePath, document: Json): Json | undefined {
  let here: Json | undefined = document;
  for (const step of path.steps) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = isObject(here) ? field(here, step) : undefined;
  }
  return here;
}

/** @throws StateError `States.Runtime` when nothing stands there, as Step Functions does. */
export function read(path: ReferencePath, document: Json): Json {
  const found = find(path, document);
  if (found === undefined) throw new StateError('States.Runtime', `'${path.text}' points at nothing`);
  return found;
}

/**
 * A copy of `document` with `value` at `path`; objects on the way are made when absent.
 * @throws StateError `States.ResultPathMatchFailure` when something that is no object is in the way.
 */
export function place(path: ReferencePath, document: Json, value: Json): Json {
  const put = (here: Json, [step, ...rest]: ReferencePath['steps']): Json => {
    if (step === undefined) return value;
    if (isObject(here)) return { ...here, [step]: put(field(here, String(step)) ?? {}, rest) };
    throw new StateError('States.ResultPathMatchFailure', `'${path.text}' leads through what is no object`);
  };
  return put(document, path.steps);
}

/** @throws SyntaxError when a path in it is not understood. */
export function compileTemplate(source: Json): Template {
  if (Array.isArray(source)) return { items: source.map(compileTemplate) };
  if (!isObject(source)) return { literal: source };
  const fields = Object.entries(source).map(([key, value]): [string, Template] =>
    key.endsWith('.$') ? [key.slice(0, -2), { path: parsePath(value) }] : [key, compileTemplate(value)],
  );
  return { fields };
}

/**
 * Fills a template from `document`, and from `context` where a path begins with `$$`.
 * @throws StateError `States.Runtime` when a path points at nothing.
 */
export function render(template: Template, document: Json, context: Json = {}): Json {
  if ('literal' in template) return template.literal;
  if ('path' in template) return read(template.path, template.path.root === '$$' ? context : document);
  if ('items' in template) return template.items.map((item) => render(item, document, context));
  const fields = template.fields.map(([name, value]) => [name, render(value, document, context)]);
  return Object.fromEntries(fields) as JsonObject;
}

/** Every path in a template. */
export function pathsOf(template: Template): ReferencePath[] {
  if ('path' in template) return [template.path];
  if ('items' in template) return template.items.flatMap(pathsOf);
  return 'fields' in template ? template.fields.flatMap(([, value]) => pathsOf(value)) : [];
}

const field = (object: JsonObject, name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
