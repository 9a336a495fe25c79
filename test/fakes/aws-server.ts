import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { type WireAnswer, writeFault, writeOutput } from './aws-answer.ts';
import { readBody } from './aws-body.ts';
import { AwsFault } from './aws-errors.ts';
import { Faults, faultFor, type LoggedCall } from './aws-faults.ts';
import { loadModel, type ServiceModel } from './aws-model.ts';
import { type Asked, callerOf, readRequest, signedFor, type WireRequest } from './aws-request.ts';
import type { ServiceName } from './aws-services.ts';
import { checkShape, InvalidShape } from './aws-shapes.ts';

/**
 * A stand-in for one service: what it does, by the names of its operations. An input has been held to the SDK's model
 * before, an output is after. It throws `AwsFault` for what the service would refuse; anything else is a defect.
 */
export interface Fake {
  readonly operations: Readonly<Record<string, (input: never) => unknown>>;
  /** Takes what a browser's form sends, which is no operation of the model; logged as `PostForm`. */
  readonly form?: (request: WireRequest) => Promise<WireAnswer>;
  /** Remembers all there is; what it returns brings that back, as often as it is called. */
  readonly snapshot?: () => () => void;
}

export interface AwsServer {
  url: string;
  /** Every call so far. */
  log: readonly LoggedCall[];
  faults: Faults;
  /** What the fakes did wrong, and what was asked of them that they do not know. A test that is well ends with none. */
  defects: readonly string[];
  close(): Promise<void>;
}

/** Another emulator, and the services that it stands in for. */
export interface Elsewhere {
  url: string;
  services: readonly ServiceName[];
}

/**
 * Serves AWS on a loopback port, to real clients whose endpoint it is. All services share one address: the signature says
 * which one a request is for (unsigned ones are S3's). What is `elsewhere` is handed on as it came, and logged.
 */
export async function serveAws(
  fakes: Partial<Record<ServiceName, Fake>>,
  elsewhere: Elsewhere = { url: '', services: [] },
): Promise<AwsServer> {
  const services = new Map<string, Served>();
  for (const name of elsewhere.services) {
    const model = await loadModel(name);
    services.set(model.signedAs, { model, fake: undefined });
  }
  for (const [name, fake] of Object.entries(fakes)) {
    const model = await loadModel(name as ServiceName);
    const unknown = Object.keys(fake.operations).filter((operation) => !model.operations.has(operation));
    if (unknown.length > 0) throw new TypeError(`${name} has no operation ${unknown.join(', ')}`);
    services.set(model.signedAs, { model, fake });
  }
  const log: LoggedCall[] = [];
  const defects: string[] = [];
  const faults = new Faults();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      defects.push(String(error));
      response.destroy();
    });
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/' } = incoming;
    const request = { method, url: new URL(url, 'http://loopback'), ...(await readBody(incoming)) };
    const served = services.get(signedFor(request) ?? 's3');
    if (served === undefined) {
      defects.push(`nobody serves ${method} ${url}`);
      response.writeHead(404).end();
      return;
    }
    const call: LoggedCall = {
      number: log.length + 1,
      service: served.model.name,
      caller: callerOf(request),
      operation: `${method} ${url}`,
      input: undefined,
      outcome: 'ok',
    };
    log.push(call);
    const written = await perform(served, request, call);
    if (written === undefined) {
      call.outcome = 'timeout-after-effect';
      response.destroy();
      return;
    }
    const headers = {
      'x-amzn-requestid': requestId(call),
      'x-amz-request-id': requestId(call),
      ...written.headers,
    };
    response.writeHead(written.status, headers).end(method === 'HEAD' ? undefined : written.body);
  }

  /** Undefined when there is to be no answer. */
  async function perform({ model, fake }: Served, request: WireRequest, call: LoggedCall) {
    if (fake === undefined) return handOn(model, request, call);
    const fault = faults.take(call.number);
    let asked: Asked | undefined;
    let written: WireAnswer;
    try {
      if (fake.form && request.headers['content-type']?.startsWith('multipart/form-data')) {
        call.operation = 'PostForm';
        const planned = fault && faultFor(fault, model, call.operation, undefined);
        if (planned) throw planned;
        written = await fake.form(request);
        return fault === 'timeout-after-effect' ? undefined : written;
      }
      asked = readRequest(model, request);
      if (asked === undefined) throw new AwsFault('UnknownOperationException', 404, 'no such operation');
      const { operation, input } = asked;
      call.operation = operation.name;
      call.input = input;
      checkShape(operation.input, input, operation.name);
      const planned = fault && faultFor(fault, model, operation.name, input);
      if (planned) throw planned;
      const handler = fake.operations[operation.name];
      if (handler === undefined) throw new TypeError(`the fake of ${model.name} has no ${operation.name}`);
      written = writeOutput(model, operation, await handler(input as never));
    } catch (error) {
      const answered = toFault(model, error);
      if (answered === undefined) {
        defects.push(error instanceof Error ? error.message : String(error));
        written = writeFault(model, new AwsFault('NotImplemented', 501, String(error)), requestId(call));
        call.outcome = 'defect';
      } else {
        written = writeFault(model, answered, requestId(call));
        call.outcome = answered.name;
      }
    }
    return fault === 'timeout-after-effect' ? undefined : written;
  }

  async function handOn(model: ServiceModel, request: WireRequest, call: LoggedCall): Promise<WireAnswer> {
    const isForm = request.headers['content-type']?.startsWith('multipart/form-data') === true;
    const asked = isForm ? undefined : readRequest(model, request);
    call.operation = isForm ? 'PostForm' : (asked?.operation.name ?? call.operation);
    call.input = asked?.input;
    const {
      'content-length': _,
      connection: __,
      'transfer-encoding': ___,
      expect: ____,
      ...headers
    } = request.headers;
    const { method, url, body } = request;
    const answered = await fetch(new URL(url.pathname + url.search, elsewhere.url), {
      method,
      headers,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    if (answered.status >= 400) call.outcome = String(answered.status);
    const content = Buffer.from(await answered.arrayBuffer());
    // It has been unpacked.
    const { 'content-encoding': _encoding, ...kept } = Object.fromEntries(answered.headers);
    if (method !== 'HEAD') kept['content-length'] = String(content.length);
    return { status: answered.status, headers: kept, body: content };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    faults,
    defects,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Served {
  model: ServiceModel;
  /** Absent when it is elsewhere. */
  fake: Fake | undefined;
}

const requestId = ({ number }: LoggedCall): string => `call-${number}`;

/** What the service answers; undefined for a defect of the fake. */
function toFault(model: ServiceModel, error: unknown): AwsFault | undefined {
  if (error instanceof AwsFault) return error;
  if (error instanceof InvalidShape) return new AwsFault(model.invalid, 400, error.message);
  return undefined;
}

/** What makes any client of the SDK talk to this server; a call that fails is repeated at once, `attempts` in all. */
export function clientConfig({ url }: { url: string }, attempts = 1) {
  return {
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    retryStrategy: new ConfiguredRetryStrategy(attempts, 0),
    forcePathStyle: true,
  };
}
