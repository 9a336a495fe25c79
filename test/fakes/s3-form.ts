import { createHmac } from 'node:crypto';
import { AwsFault } from './aws-errors.ts';
import type { WireRequest } from './aws-request.ts';

/** What a form brought, once its policy allowed it. */
export interface PostedForm {
  key: string;
  file: Buffer;
  fields: Record<string, string>;
}

/** Fields that need no condition (S3: "POST policy"). */
const FREE = /^(policy|file|x-amz-signature|x-ignore-.*)$/;

const denied = (why: string) => new AwsFault('AccessDenied', 403, `Invalid according to Policy: ${why}`);

/**
 * Reads a form and holds it to its signature and policy, as "Authenticating requests in browser-based uploads using POST
 * (AWS signature version 4)" and "POST policy" of S3's API reference say.
 */
export async function readForm(request: WireRequest, bucket: string, secret: string): Promise<PostedForm> {
  const { fields, file } = await parse(request);
  const policyText = fields['policy'];
  if (policyText === undefined) throw new AwsFault('AccessDenied', 403, 'Access Denied');
  checkSignature(fields, policyText, secret);
  const policy = JSON.parse(Buffer.from(policyText, 'base64').toString()) as Policy;
  if (Date.now() >= Date.parse(policy.expiration)) throw denied('Policy expired.');
  checkConditions(policy, { ...fields, bucket }, file.length);
  return { key: fields['key'] ?? '', file, fields };
}

interface Policy {
  expiration: string;
  conditions: (Record<string, string> | [kind: string, ...rest: (string | number)[]])[];
}

/** The fields in front of the file, by their names in lower case; what comes behind it is not looked at. */
async function parse({
  body,
  headers,
}: WireRequest): Promise<{ fields: Record<string, string>; file: Buffer }> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of form) {
    if (name === 'file') {
      const file = typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
      return { fields, file };
    }
    fields[name.toLowerCase()] = String(value);
  }
  throw new AwsFault('InvalidArgument', 400, 'POST requires exactly one file upload per request.');
}

function checkSignature(fields: Record<string, string>, policy: string, secret: string): void {
  const [, day = '', region = '', service = ''] = (fields['x-amz-credential'] ?? '').split('/');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (signing, part) => createHmac('sha256', signing).update(part).digest(),
    `AWS4${secret}`,
  );
  const signature = createHmac('sha256', key).update(policy).digest('hex');
  if (signature !== fields['x-amz-signature']) {
    throw new AwsFault('SignatureDoesNotMatch', 403, 'The request signature we calculated does not match');
  }
}

function checkConditions({ conditions }: Policy, fields: Record<string, string>, sizeBytes: number): void {
  const conditioned = new Set(['bucket']);
  for (const condition of conditions) {
    if (Array.isArray(condition) && condition[0] === 'content-length-range') {
      const [, least, most] = condition;
      if (sizeBytes < Number(least)) throw new AwsFault('EntityTooSmall', 400, 'smaller than allowed');
      if (sizeBytes > Number(most)) throw new AwsFault('EntityTooLarge', 400, 'larger than allowed');
      continue;
    }
    const [kind, name, wanted] = Array.isArray(condition)
      ? [condition[0], String(condition[1]).slice(1), String(condition[2])]
      : ['eq', ...(Object.entries(condition)[0] ?? [])];
    const given = fields[String(name).toLowerCase()] ?? '';
    conditioned.add(String(name).toLowerCase());
    const holds = kind === 'eq' ? given === wanted : given.startsWith(String(wanted));
    if (!holds) throw denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
  }
  const extra = Object.keys(fields).filter((name) => !conditioned.has(name) && !FREE.test(name));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
}
