import { randomInt } from 'node:crypto';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

interface Client {
  middlewareStack: { add: (middleware: never, options: { step: 'build' }) => void };
}

/**
 * Clients of one account of its own at moto, where names that are unique in an account are not in another test's way. Moto
 * takes an account's number from a header.
 */
export function motoAccount() {
  const account = String(randomInt(100_000_000_000, 999_999_999_999));
  const named =
    (next: (args: { request: { headers: Record<string, string> } }) => unknown) =>
    async (args: { request: { headers: Record<string, string> } }) => {
      args.request.headers['x-moto-account-id'] = account;
      return next(args);
    };
  return {
    config: clientConfig({ url: motoUrl() }),
    claim: <T extends Client>(client: T): T => {
      client.middlewareStack.add(named as never, { step: 'build' });
      return client;
    },
  };
}
