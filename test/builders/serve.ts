import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** One request as it came, for a test to look at. */
export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Serves on loopback until the test ends. Answers its base address, and every request it was asked. */
export async function serve(answer: (asked: Asked) => Response): Promise<{ base: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: await text(request) };
      asked.push(one);
      const { status, headers: answered, body } = answer(one);
      response.writeHead(status, Object.fromEntries(answered));
      response.end(body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer()));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
