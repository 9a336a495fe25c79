import { readJson } from './aws-json.ts';
import { type OperationModel, placeOf, type ServiceModel } from './aws-model.ts';
import { InvalidShape, isPlain, membersOf } from './aws-shapes.ts';
import { readText } from './aws-text.ts';
import { parseDocument, readXml } from './aws-xml.ts';

/** A request as it came, its body unpacked. */
export interface WireRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
}

/** What a request asks for; `input` is not held to the model yet. */
export interface Asked {
  operation: OperationModel;
  input: unknown;
}

/** The services' own parameters of a signed address, and the SDK's hint at the operation. */
const NOT_INPUT =
  /^(x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)|x-id)$/i;

/** The service that the request was signed for, as the scope of its signature says; undefined when unsigned. */
export const signedFor = (request: WireRequest): string | undefined => scopeOf(request)[3];

/** The id of the key it was signed with; empty when unsigned. */
export const callerOf = (request: WireRequest): string => scopeOf(request)[0] ?? '';

/** `<key id>/<date>/<region>/<service>/aws4_request` */
function scopeOf({ headers, url }: WireRequest): string[] {
  const scope = headers['authorization']?.match(/Credential=([^,\s]+)/)?.[1];
  return (scope ?? url.searchParams.get('X-Amz-Credential') ?? '').split('/');
}

/**
 * The operation and its input.
 * @returns undefined when the service has no such operation.
 * @throws InvalidShape for what can't be read.
 */
export function readRequest(service: ServiceModel, request: WireRequest): Asked | undefined {
  if (service.target !== undefined) {
    const [target, name = ''] = (request.headers['x-amz-target'] ?? '').split('.');
    const operation = target === service.target ? service.operations.get(name) : undefined;
    return operation && { operation, input: readJson(operation.input, parseJson(request.body), name) };
  }
  const route = findRoute(service, request);
  return route && { operation: route.operation, input: readBindings(service, request, route) };
}

interface Route {
  operation: OperationModel;
  labels: Record<string, string>;
}

/** Of the operations that fit, the one that asks for the most of the query. */
function findRoute(service: ServiceModel, { method, url }: WireRequest): Route | undefined {
  const { path, bucket } = splitBucket(service, url.pathname);
  const routes = [...service.operations.values()].flatMap((operation) => {
    const { http } = operation;
    if (http?.method !== method) return [];
    const labels = matchPath(http.path, path);
    if (labels === undefined || 'Bucket' in operation.input.getMemberSchemas() !== (bucket !== undefined))
      return [];
    const asked = http.query.filter(([name, value]) => url.searchParams.get(name) === value);
    if (asked.length < http.query.length) return [];
    return [
      {
        operation,
        labels: bucket === undefined ? labels : { ...labels, Bucket: bucket },
        weight: asked.length,
      },
    ];
  });
  return routes.toSorted((a, b) => b.weight - a.weight)[0];
}

/** S3, asked by path, has its bucket in front of what the model says. */
function splitBucket({ isS3 }: ServiceModel, pathname: string): { path: string; bucket?: string } {
  if (!isS3 || pathname === '/') return { path: pathname };
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/s.exec(pathname) ?? [];
  return { path: `/${key}`, bucket: decodeURIComponent(bucket) };
}

/** The labels' values; undefined when the path is another. */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const pattern = template
    .replace(/\/$/, '')
    .replaceAll(/[.$]/g, '\\$&')
    .replaceAll(
      /\{(\w+)(\+?)\}/g,
      (_, name: string, greedy: string) => `(?<${name}>${greedy ? '.+' : '[^/]+'})`,
    );
  const found = new RegExp(`^${pattern}/?$`, 's').exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]),
  );
}

function readBindings(service: ServiceModel, request: WireRequest, { operation, labels }: Route): unknown {
  const { url, headers } = request;
  const input: Record<string, unknown> = {};
  const asked = new Set(operation.http?.query.map(([name]) => name));
  let hasBody = false;
  for (const [member, schema] of membersOf(operation.input)) {
    const { place, name } = placeOf(schema);
    const path = `${operation.name}.${member}`;
    if (place === 'label') {
      if (labels[name] !== undefined) input[member] = readText(schema, labels[name], 'date-time', path);
    } else if (place === 'query') {
      asked.add(name);
      const texts = url.searchParams.getAll(name);
      if (texts.length > 0) input[member] = readRepeated(schema, texts, path);
    } else if (place === 'header') {
      const text = headers[name];
      if (text !== undefined) input[member] = readHeader(schema, text, path);
    } else if (place === 'header-map') {
      const found = Object.entries(headers).filter(([header]) => header.startsWith(name));
      if (found.length > 0) {
        input[member] = Object.fromEntries(found.map(([header, text]) => [header.slice(name.length), text]));
      }
    } else if (place === 'payload') {
      hasBody = true;
      if (request.body.length > 0) input[member] = readPayload(service, schema, request.body, path);
    } else if (place === 'body') {
      hasBody = true;
    }
  }
  const payload = [...membersOf(operation.input).values()].some(
    (schema) => placeOf(schema).place === 'payload',
  );
  if (!payload && hasBody && request.body.length > 0) {
    Object.assign(input, readBody(service, operation, request.body));
  } else if (!hasBody && request.body.length > 0 && request.body.toString() !== '{}') {
    throw new InvalidShape(operation.name, 'takes no body, and was sent one');
  }
  for (const name of url.searchParams.keys()) {
    if (!asked.has(name) && !NOT_INPUT.test(name))
      throw new InvalidShape(`${operation.name}?${name}`, 'is not in the model');
  }
  return input;
}

type Schema = OperationModel['input'];

function readRepeated(schema: Schema, texts: string[], path: string): unknown {
  if (schema.isListSchema()) {
    return texts.map((text) => readText(schema.getValueSchema(), text, 'date-time', path));
  }
  if (texts.length > 1) throw new InvalidShape(path, 'is given more than once');
  return readText(schema, texts[0] ?? '', 'date-time', path);
}

function readHeader(schema: Schema, text: string, path: string): unknown {
  if (!schema.isListSchema()) return readText(schema, text, 'http-date', path);
  return text.split(',').map((item) => readText(schema.getValueSchema(), item.trim(), 'http-date', path));
}

function readPayload(service: ServiceModel, schema: Schema, body: Buffer, path: string): unknown {
  if (schema.isBlobSchema()) return body;
  if (schema.isStringSchema()) return body.toString();
  return service.protocol === 'rest-json'
    ? readJson(schema, parseJson(body), path)
    : readXml(schema, parseXmlBody(body, path), path);
}

/** The members in the body of a request that has no payload: what else it holds stays, to be found. */
function readBody(service: ServiceModel, { name, input }: OperationModel, body: Buffer): object {
  const read =
    service.protocol === 'rest-json'
      ? readJson(input, parseJson(body), name)
      : readXml(input, parseXmlBody(body, name), name);
  if (!isPlain(read)) throw new InvalidShape(name, 'is not a structure');
  return read;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString() || '{}') as unknown;
  } catch {
    throw new InvalidShape('the body', 'is not JSON');
  }
}

function parseXmlBody(body: Buffer, path: string): unknown {
  try {
    return parseDocument(body.toString());
  } catch {
    throw new InvalidShape(path, 'is not XML');
  }
}
