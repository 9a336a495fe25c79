import { NormalizedSchema } from '@smithy/core/schema';
import { SERVICES, type Service, type ServiceName } from './aws-services.ts';

export interface OperationModel {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  /** Of the REST protocols. `path` may have labels, `{Name}`, and a greedy one, `{Name+}`. */
  http?: { method: string; path: string; query: [name: string, value: string][]; status: number };
}

export interface ServiceModel extends Service {
  name: ServiceName;
  operations: Map<string, OperationModel>;
  errors: Map<string, NormalizedSchema>;
}

/** The kinds of a schema, its first element, as the generator numbers them. */
const OPERATION = 9;
const ERROR = -3;

type StaticSchema = [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]];

/** The model of a service, out of the schemas its client serialises with. */
export async function loadModel(name: ServiceName): Promise<ServiceModel> {
  const service: Service = SERVICES[name];
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, NormalizedSchema>();
  for (const [exported, schema] of Object.entries(await service.load())) {
    if (!exported.endsWith('$') || !Array.isArray(schema)) continue;
    const [kind, , shape] = schema as StaticSchema;
    if (kind === ERROR) errors.set(shape, NormalizedSchema.of(schema as never));
    if (kind === OPERATION) operations.set(shape, operationOf(schema as StaticSchema));
  }
  return { ...service, name, operations, errors };
}

function operationOf([, , name, traits, input, output]: StaticSchema): OperationModel {
  const operation = {
    name,
    input: NormalizedSchema.of(input as never),
    output: NormalizedSchema.of(output as never),
  };
  const http = (traits as { http?: [method: string, uri: string, status: number] } | undefined)?.http;
  if (!http) return operation;
  const [method, uri, status] = http;
  const [path = '/', query = ''] = uri.split('?');
  return { ...operation, http: { method, path, query: [...new URLSearchParams(query)], status } };
}

/** Where a member of an input or output stands in a message of the REST protocols. */
export type Place = 'label' | 'query' | 'query-map' | 'header' | 'header-map' | 'payload' | 'status' | 'body';

export function placeOf(member: NormalizedSchema): { place: Place; name: string } {
  const traits = member.getMergedTraits();
  const called = member.getMemberName();
  if (traits.httpLabel) return { place: 'label', name: called };
  if (traits.httpQuery !== undefined) return { place: 'query', name: traits.httpQuery };
  if (traits.httpQueryParams) return { place: 'query-map', name: called };
  if (traits.httpHeader !== undefined) return { place: 'header', name: traits.httpHeader.toLowerCase() };
  if (traits.httpPrefixHeaders !== undefined) return { place: 'header-map', name: traits.httpPrefixHeaders };
  if (traits.httpPayload) return { place: 'payload', name: called };
  if (traits.httpResponseCode) return { place: 'status', name: called };
  return { place: 'body', name: called };
}
