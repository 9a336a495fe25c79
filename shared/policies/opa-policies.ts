import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Severity } from '../findings/finding.ts';
import { BundleDigest, digestBundle } from './bundle.ts';
import type { Policies, PolicyInput, Verdict } from './policies.ts';

// 16 MB in WebAssembly's pages of 64 kB: about a hundred times what the largest input needs. An input that asks
// for more makes the evaluation fail instead of the process.
const MEMORY = { initial: 5, maximum: 256 };

const VerdictSchema: z.ZodType<Verdict> = z.strictObject({
  violations: z.array(
    z.strictObject({
      code: z.string(),
      severity: Severity,
      data: z.record(z.string(), z.string()),
    }),
  ),
  approvals: z.array(z.string()),
});

/** OPA answers with a set of results; a policy that has no opinion gives an empty one, which is not "passed". */
const ResultSet = z.tuple([z.strictObject({ result: VerdictSchema })]);

/**
 * Loads the compiled policies from `folder` (`policy.wasm`, `data.json`, `digest.json`), once for all evaluations.
 *
 * `evaluate` throws when the policies fail or answer in an unknown shape: no answer is never "passed".
 * Throws when a file is missing, or when the files are not of one build.
 */
export async function loadPolicies(folder: string): Promise<Policies> {
  const [wasm, dataText, digestText] = await Promise.all([
    readFile(join(folder, 'policy.wasm')),
    readFile(join(folder, 'data.json'), 'utf8'),
    readFile(join(folder, 'digest.json'), 'utf8'),
  ]);
  const data = z.record(z.string(), z.unknown()).parse(JSON.parse(dataText));
  const digest = BundleDigest.parse(JSON.parse(digestText));
  if (digestBundle(wasm, data) !== digest.bundle) {
    throw new Error(`the policies in ${folder} are not of one build; build them again`);
  }

  // Loaded here and not with this file: it takes longer than all else a process needs to start.
  const { loadPolicy } = await import('@open-policy-agent/opa-wasm');
  const policy = await loadPolicy(wasm, MEMORY);
  policy.setData(data);
  return {
    version: digest.sources,
    evaluate(input: PolicyInput): Verdict {
      try {
        const [{ result }] = ResultSet.parse(policy.evaluate(input));
        return result;
      } catch (cause) {
        throw new Error('the policies could not be evaluated', { cause });
      }
    },
  };
}
