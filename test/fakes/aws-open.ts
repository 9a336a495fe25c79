import { onTestFinished } from 'vitest';
import { type Fake, serveAws } from './aws-server.ts';
import type { ServiceName } from './aws-services.ts';

/** Serves these fakes until the test ends. */
export async function open(fakes: Partial<Record<ServiceName, Fake>>) {
  const server = await serveAws(fakes);
  onTestFinished(() => server.close());
  return server;
}

/** Serves one operation of one service. */
export const openOne = (service: ServiceName, operation: string, handle: (input: never) => unknown) =>
  open({ [service]: { operations: { [operation]: handle } } });

/** What a call threw; undefined when it succeeded. */
export const caught = (sent: Promise<object>) =>
  sent.then(
    () => undefined,
    (error: Error) => error,
  );
