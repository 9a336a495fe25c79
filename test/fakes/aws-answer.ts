import type { AwsFault } from './aws-errors.ts';
import { writeJson } from './aws-json.ts';
import { type OperationModel, placeOf, type ServiceModel } from './aws-model.ts';
import { checkShape, isPlain, membersOf } from './aws-shapes.ts';
import { writeHeader } from './aws-text.ts';
import { writeXml } from './aws-xml.ts';

export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

const CONTENT_TYPE = {
  'json-1.0': 'application/x-amz-json-1.0',
  'json-1.1': 'application/x-amz-json-1.1',
  'rest-json': 'application/json',
  'rest-xml': 'application/xml',
};

/**
 * The answer to an operation that succeeded.
 * @throws TypeError when the fake's output is not what the model says.
 */
export function writeOutput(service: ServiceModel, operation: OperationModel, output: unknown): WireAnswer {
  const value = output ?? {};
  try {
    checkShape(operation.output, value, `${operation.name}Output`);
  } catch (cause) {
    throw new TypeError(`the fake's answer does not fit: ${(cause as Error).message}`, { cause });
  }
  if (!isPlain(value)) throw new TypeError('an output is a structure');
  const headers: Record<string, string> = {};
  const answer: WireAnswer = { status: operation.http?.status ?? 200, headers };
  if (operation.http === undefined) {
    headers['content-type'] = CONTENT_TYPE[service.protocol];
    return { ...answer, body: JSON.stringify(writeJson(operation.output, value)) };
  }
  const inBody: string[] = [];
  for (const [member, schema] of membersOf(operation.output)) {
    const item = value[member];
    if (item === undefined) continue;
    const { place, name } = placeOf(schema);
    if (place === 'header') headers[name] = writeHeader(schema, item);
    else if (place === 'header-map') {
      for (const [key, text] of Object.entries(item as Record<string, string>)) headers[name + key] = text;
    } else if (place === 'status') answer.status = Number(item);
    else if (place === 'body') inBody.push(member);
    else if (schema.isBlobSchema() || schema.isStringSchema()) answer.body = item as string | Uint8Array;
    else answer.body = writeDocument(service, schema, item as Record<string, unknown>);
  }
  const hasBody = [...membersOf(operation.output).values()].some(
    (schema) => placeOf(schema).place === 'body',
  );
  if (hasBody) answer.body = writeDocument(service, operation.output, value, inBody);
  if (answer.body !== undefined) headers['content-type'] ??= CONTENT_TYPE[service.protocol];
  return answer;
}

function writeDocument(
  { protocol, xmlNamespace }: ServiceModel,
  schema: OperationModel['output'],
  value: Record<string, unknown>,
  only = Object.keys(value),
): string {
  if (protocol === 'rest-xml') return writeXml(schema, value, { xmlNamespace, only });
  const written = Object.fromEntries(only.map((name) => [name, value[name]]));
  return JSON.stringify(writeJson(schema, written));
}

/**
 * The answer of an error.
 * @throws InvalidShape when it carries what its model does not know.
 * @throws TypeError when its status is not the model's.
 */
export function writeFault(service: ServiceModel, fault: AwsFault, requestId: string): WireAnswer {
  const schema = service.errors.get(fault.name);
  if (schema !== undefined) checkFault(service, schema, fault);
  else if (Object.keys(fault.fields).length > 0) {
    throw new TypeError(`${service.name} has no model of the error ${fault.name}, so no fields of it`);
  }
  const headers: Record<string, string> = { 'content-type': CONTENT_TYPE[service.protocol] };
  const { status, message, name } = fault;
  if (service.protocol === 'rest-xml') {
    const fields = schema === undefined ? '' : inner(writeXml(schema, fault.fields));
    const error = `<Code>${name}</Code><Message>${escape(message)}</Message>${fields}`;
    const type = status < 500 ? 'Sender' : 'Receiver';
    const body = service.isS3
      ? `<Error>${error}<RequestId>${requestId}</RequestId></Error>`
      : `<ErrorResponse xmlns="${service.xmlNamespace}"><Error><Type>${type}</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, headers, body };
  }
  const called = schema && membersOf(schema).has('Message') ? 'Message' : 'message';
  const fields = schema === undefined ? {} : (writeJson(schema, fault.fields) as object);
  headers['x-amzn-errortype'] = name;
  return { status, headers, body: JSON.stringify({ __type: name, [called]: message, ...fields }) };
}

function checkFault(
  { target }: ServiceModel,
  schema: OperationModel['output'],
  { name, status, message, fields }: AwsFault,
): void {
  const members = membersOf(schema);
  const said = ['message', 'Message'].filter((member) => members.has(member));
  checkShape(schema, { ...Object.fromEntries(said.map((member) => [member, message])), ...fields }, name);
  // The JSON protocols answer 400 to whatever the caller did wrong, and keep the modelled status to themselves.
  const modelled: unknown = target === undefined ? schema.getMergedTraits().httpError : undefined;
  if (modelled !== undefined && modelled !== status) {
    throw new TypeError(`${name} has the status ${String(modelled)} in its model, not ${status}`);
  }
}

/** What stands in the root element. */
const inner = (xml: string): string => xml.replace(/^<[^>]*?(\/>|>)/, '').replace(/<\/[^<]*$/, '');

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
