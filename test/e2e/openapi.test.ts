import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { PublishStatus, STAGES } from '../../shared/publishes/publish.ts';
import { callHook, LUNCH, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

interface Operation {
  operationId: string;
  summary: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>;
}

interface Description {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, { type: string }> };
}

async function descriptionOf(cottage: TestCottage): Promise<Description> {
  const answer = await fetch(`${cottage.cottage.ready.api}/openapi.json`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Description;
}

const operationsOf = ({ paths }: Description) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );

/** Every value in a JSON document, however deep. */
function* everyValue(value: unknown): Generator {
  yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) yield* everyValue(child);
}

/** What the description says an answer looks like. */
function schemaOf(description: Description, operationId: string, status: number): z.ZodType {
  const operation = operationsOf(description).find((each) => each.operationId === operationId);
  const schema = operation?.responses[status]?.content?.['application/json']?.schema ?? false;
  const text = JSON.stringify({ ...Object(schema), $defs: description.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

describe('/openapi.json', () => {
  test('is whole: everything it refers to is there, and every operation is told apart', async () => {
    const description = await descriptionOf(await startTestCottage());
    expect(description.openapi).toMatch(/^3\.1\.\d+$/);
    expect(description.info).toMatchObject({ title: 'Cottage', version: expect.any(String) });
    const operations = operationsOf(description);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const {
      path,
      operationId,
      parameters = [],
      responses,
      security,
      summary,
      requestBody,
    } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const unknown = security
        .flatMap(Object.keys)
        .filter((scheme) => !Object.hasOwn(description.components.securitySchemes, scheme));
      expect({
        operationId,
        path: path.startsWith('/'),
        summary: summary.length > 0,
        parameters: inPath.map(({ name, required }) => required === true && name),
        answers: Object.keys(responses).some((status) => /^2\d\d$/.test(status)),
        problems: Object.keys(responses.default?.content ?? {}),
        bodies: Object.keys(requestBody?.content ?? {}).filter((type) => type !== 'application/json'),
        unknown,
      }).toEqual({
        operationId,
        path: true,
        summary: true,
        parameters: named,
        answers: true,
        problems: ['application/problem+json'],
        bodies: [],
        unknown: [],
      });
    }
    const references = [...everyValue(description)].flatMap((value) =>
      typeof value === 'object' && value !== null && '$ref' in value ? [String(value.$ref)] : [],
    );
    expect(references.length).toBeGreaterThan(10);
    const known = Object.keys(description.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
  });

  test('names every endpoint, those of this edition too', async () => {
    const description = await descriptionOf(await startTestCottage());
    const described = operationsOf(description).map(({ path, method }) => `${method} ${path}`);
    const shared = ENDPOINTS.map(({ path, method }) => `${method} ${path}`);
    expect(shared.filter((endpoint) => !described.includes(endpoint))).toEqual([]);
    const local = ['get /', 'get /mailbox', 'get /mailbox/{id}', 'get /v1/clock', 'post /v1/clock/advance'];
    expect(described.filter((endpoint) => !shared.includes(endpoint))).toEqual(
      expect.arrayContaining([...local, 'post /v1/uploads', 'get /v1/events']),
    );
  });

  test('lists every status and every stage of a publish', async () => {
    const description = await descriptionOf(await startTestCottage());
    const lists = [...everyValue(description.components.schemas.Publish)]
      .filter((value) => Array.isArray(value))
      .map((value) => JSON.stringify(value));
    expect(lists).toContain(JSON.stringify(PublishStatus.options));
    expect(lists).toContain(JSON.stringify(STAGES));
  });
});

/** A client written from the description and the Standard Webhooks specification alone. */
class OutsideClient {
  readonly #description: Description;
  readonly #webhook: Webhook;
  #requests = 0;

  constructor(description: Description, secret: string) {
    this.#description = description;
    this.#webhook = new Webhook(secret);
  }

  /** Calls an operation that a platform signs, and checks the answer against its description. */
  async call<T>(operationId: string, body: object): Promise<T> {
    const operation = operationsOf(this.#description).find((each) => each.operationId === operationId);
    const text = JSON.stringify(body);
    const id = `outside-${(this.#requests += 1)}`;
    const now = new Date();
    const url = this.#description.servers[0]?.url + String(operation?.path.replace('{platform}', 'demo'));
    const answer = await fetch(url, {
      method: String(operation?.method).toUpperCase(),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': `${Math.floor(now.getTime() / 1000)}`,
        'webhook-signature': this.#webhook.sign(id, now, text),
      },
      body: text,
    });
    return this.#asDescribed(operationId, answer);
  }

  async upload(zip: Buffer): Promise<string> {
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', zip)).toString('hex');
    const { uploadId, url, fields } = await this.call<{
      uploadId: string;
      url: string;
      fields: Record<string, string>;
    }>('createUpload', { sizeBytes: zip.length, sha256 });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([zip]));
    const answer = await fetch(url, { method: 'POST', body: form });
    if (answer.status !== 201) throw new Error(`it was not stored: ${answer.status}`);
    return uploadId;
  }

  /** Asks until the publish has ended. */
  async follow(statusUrl: string): Promise<{ status: string; url: string | null; findings: Finding[] }> {
    for (;;) {
      const publish = await this.#asDescribed<{
        status: string;
        url: string | null;
        findings: Finding[];
        timing: { endedAt: string | null };
      }>('getPublish', await fetch(statusUrl));
      if (publish.timing.endedAt !== null) return publish;
    }
  }

  async #asDescribed<T>(operationId: string, answer: Response): Promise<T> {
    const body: unknown = await answer.json();
    const parsed = schemaOf(this.#description, operationId, answer.status).safeParse(body);
    if (!parsed.success) throw parsed.error;
    return body as T;
  }
}

interface Finding {
  code: string;
  severity: string;
  title: string;
  why: string;
  fix: string;
}

describe('a client that knows only the description and Standard Webhooks', () => {
  test('uploads, publishes, follows, and reads findings', async () => {
    const cottage = await startTestCottage();
    const description = await descriptionOf(cottage);
    const client = new OutsideClient(description, cottage.secret);
    const publish = async (files: Record<string, string>) => {
      const uploadId = await client.upload(await siteZip(files));
      const { statusUrl } = await client.call<{ statusUrl: string }>('publish', {
        app: LUNCH,
        artifact: { uploadId },
      });
      return client.follow(statusUrl);
    };
    const live = await publish({ 'index.html': '<!doctype html><title>Lunch</title>Soup' });
    expect(live).toMatchObject({ status: 'live', url: expect.stringMatching(/^https:\/\/lunch\.demo\./) });
    const refused = await publish({ 'menu.html': '<!doctype html><title>Lunch</title>Stew' });
    expect(refused).toMatchObject({ status: 'refused', url: null });
    expect(refused.findings).toContainEqual(
      expect.objectContaining({ code: 'artifact/index-missing', severity: 'block' }),
    );
    const known = (await (await fetch(`${description.servers[0]?.url}/v1/findings`)).json()) as {
      findings: { code: string }[];
    };
    const codes = known.findings.map(({ code }) => code);
    expect(refused.findings.filter(({ code }) => !codes.includes(code))).toEqual([]);
  });

  test('finds every answer of the API as described', async () => {
    const cottage = await startTestCottage();
    const description = await descriptionOf(cottage);
    const { publishId } = await cottage.publish();
    const places: Record<string, string> = { team: 'demo', name: 'lunch', id: publishId, platform: 'demo' };
    const reads = operationsOf(description).filter(
      ({ method, path, responses }) =>
        method === 'get' && path !== '/mailbox/{id}' && responses[200]?.content?.['application/json'],
    );
    expect(reads.length).toBeGreaterThan(12);
    for (const { path, operationId } of reads) {
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '');
      const { status, body } = await cottage.admin('GET', target);
      const parsed = schemaOf(description, operationId, 200).safeParse(body);
      expect({ operationId, status, issues: parsed.error?.issues ?? [] }).toEqual({
        operationId,
        status: 200,
        issues: [],
      });
    }
  });

  test('finds each mail as described, as JSON, as a page and as the message itself', async () => {
    const cottage = await startTestCottage();
    const description = await descriptionOf(cottage);
    await cottage.publish();
    const { body } = await cottage.admin('GET', '/mailbox');
    const id = (body as { mails: { id: string }[] }).mails[0]?.id ?? '';
    const mail = await cottage.admin('GET', `/mailbox/${id}`);
    expect(schemaOf(description, 'getMail', 200).safeParse(mail.body).error?.issues ?? []).toEqual([]);
    const operation = operationsOf(description).find(({ operationId }) => operationId === 'getMail');
    const described = Object.keys(operation?.responses[200]?.content ?? {});
    for (const [path, accept] of [
      [id, 'application/json'],
      [id, 'text/html'],
      [`${id}.eml`, '*/*'],
    ]) {
      const answer = await fetch(`${cottage.cottage.ready.api}/mailbox/${path}`, {
        headers: { accept: accept ?? '' },
      });
      expect(described).toContain(answer.headers.get('content-type')?.split(';')[0]);
    }
  });

  test('is told what is wrong with its signature', async () => {
    const cottage = await startTestCottage();
    const { api } = cottage.cottage.ready;
    const wrong = await callHook(api, 'publish', {}, { secret: `whsec_${'a'.repeat(32)}` });
    expect(await wrong.json()).toMatchObject({ status: 401, code: 'webhook/signature-invalid' });
    const bare = await fetch(`${api}/v1/hooks/demo/publish`, { method: 'POST', body: '{}' });
    expect(await bare.json()).toMatchObject({ status: 400, code: 'webhook/headers-missing' });
  });
});
