import type { Json } from '../../shared/records/record-store.ts';
import { tokenTask } from '../workflows/runner-harness.ts';

/** A workflow that hands its token to the function `work` and waits, and what that function has kept of it. */
export function waiting() {
  const tokens = new Map<string, string>();
  const Payload = { 'token.$': '$$.Task.Token', 'name.$': '$.name' };
  return {
    states: { Ask: tokenTask({ Parameters: { FunctionName: 'work', Payload } }) },
    work: async (payload: Json): Promise<Json> => {
      const { name, token } = payload as { name: string; token: string };
      tokens.set(name, token);
      return null;
    },
    /** Of the execution whose input has this name. */
    tokenOf: (name: string) => tokens.get(name) ?? '',
  };
}
