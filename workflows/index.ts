import { readFileSync } from 'node:fs';
import type { WorkflowName } from '../shared/workflow/engine.ts';

/** The workflow files, by the name they are started under. */
const FILES: Record<WorkflowName, URL> = {
  publish: new URL('./publish.asl.json', import.meta.url),
  'add-team': new URL('./add-team.asl.json', import.meta.url),
  'remove-team': new URL('./remove-team.asl.json', import.meta.url),
  'remove-app': new URL('./remove-app.asl.json', import.meta.url),
};

export const WORKFLOW_NAMES = Object.keys(FILES) as WorkflowName[];

/** The file as it is, placeholders and all. */
export const workflowText = (name: WorkflowName): string => readFileSync(FILES[name], 'utf8');

/** The `${PublishUnpack}` in a file, without their braces: each once, in the order of the file. */
export const placeholders = (text: string): string[] => [
  ...new Set([...text.matchAll(/\$\{([^}]*)\}/g)].map(([, placeholder]) => placeholder ?? '')),
];

/** What a function is called where there is no cloud to name it: `PublishUnpack` is `publish-unpack`. */
export const localFunctionName = (placeholder: string): string =>
  placeholder.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** A substitution for every placeholder of a file: its local function name. */
export const localFunctionNames = (text: string): Record<string, string> =>
  Object.fromEntries(placeholders(text).map((placeholder) => [placeholder, localFunctionName(placeholder)]));

/**
 * The text of a workflow with its placeholders filled in, each value as part of a JSON string.
 * @throws RangeError when a placeholder has no substitution, or a substitution no placeholder.
 */
export function loadWorkflow(name: WorkflowName, substitutions: Record<string, string>): string {
  const text = workflowText(name);
  const wanted = placeholders(text);
  const stray = Object.keys(substitutions).filter((key) => !wanted.includes(key));
  const missing = wanted.filter((key) => !Object.hasOwn(substitutions, key));
  if (stray.length > 0) throw new RangeError(`the workflow ${name} has no placeholder ${stray.join(', ')}`);
  if (missing.length > 0)
    throw new RangeError(`the workflow ${name} lacks a value for ${missing.join(', ')}`);
  return text.replace(/\$\{([^}]*)\}/g, (_, key: string) => JSON.stringify(substitutions[key]).slice(1, -1));
}
