import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createSecureContext, type SecureContext } from 'node:tls';
import { callbackify } from 'node:util';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { FakeBucket } from '../fakes/s3-bucket.ts';
import { answerOf, type CloudFrontParts, type OriginObject } from './cloudfront-answer.ts';
import { TestAuthority } from './test-authority.ts';

export interface CloudFrontEdge {
  port: number;
  /** PEM of the authority that every host's certificate is from. */
  authority: string;
  close: () => Promise<void>;
}

/**
 * CloudFront on a loopback port, over HTTPS, with a certificate for whatever host is asked for: tenants and objects are
 * where `parts` finds them, and the two functions run as at the edge. A `NodeEdgeProbe` takes it for the edge.
 */
export async function startCloudFrontEdge(parts: CloudFrontParts): Promise<CloudFrontEdge> {
  const authority = await TestAuthority.make();
  const contexts = new Map<string, Promise<SecureContext>>();
  const makeContext = async (host: string) => {
    const { certificate, privateKey } = await authority.leaf([host]);
    return createSecureContext({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' });
  };
  const contextFor = (host: string) => {
    const context = contexts.get(host) ?? makeContext(host);
    contexts.set(host, context);
    return context;
  };
  const server = createServer({ SNICallback: callbackify(contextFor) });
  server.on('request', (request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    authority: authority.certificate,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  parts: CloudFrontParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  // Without its port: on AWS there is none but 443.
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const given = Object.entries(headers).flatMap(([name, value]) =>
    name === 'host' || name === 'cookie' || value === undefined ? [] : [[name, String(value)] as const],
  );
  const answered = await answerOf(parts, host, url, {
    method,
    headers: Object.fromEntries(given),
    cookie: /(?:^|; )__Host-cottage=([^;]*)/.exec(headers.cookie ?? '')?.[1],
    body: await buffer(request),
  });
  response.writeHead(answered.status, answered.headers);
  response.end(method === 'HEAD' ? undefined : answered.body);
}

/** The objects of a bucket of the fake, as it stands at each request; asked past its log. */
export const objectsOf =
  (bucket: () => FakeBucket): CloudFrontParts['object'] =>
  async (key) => {
    const found = bucket()
      .current()
      .find((one) => one.key === key);
    if (!found) return undefined;
    const { ContentType: contentType, CacheControl: cacheControl, Metadata: metadata } = found.headers;
    return { body: found.body, contentType, cacheControl, metadata };
  };

/** The objects of a bucket of whatever this client talks to. */
export const objectsAt =
  (client: S3Client, Bucket: string): CloudFrontParts['object'] =>
  async (key): Promise<OriginObject | undefined> => {
    try {
      const { Body, ...found } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      return {
        body: Buffer.from((await Body?.transformToByteArray()) ?? []),
        contentType: found.ContentType,
        cacheControl: found.CacheControl,
        metadata: found.Metadata,
      };
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  };
