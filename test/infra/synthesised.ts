import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { type CottageConfig, readConfig } from '../../infra/config.ts';
import { addCottage, type CottageStacks } from '../../infra/cottage.ts';
import type { Facilities } from '../../infra/facilities.ts';
import { plannedFunctions } from '../../infra/functions.ts';
import { namesOf } from '../../infra/names.ts';
import { EdgeStack } from '../../infra/stacks/edge-stack.ts';

export type Template = {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
};

export interface Resource {
  Type: string;
  /** Empty where the template has none. */
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string | string[];
}

export type Part = keyof CottageStacks;

export interface Synthesised {
  app: App;
  config: CottageConfig;
  stacks: CottageStacks;
  facilities: Facilities;
  templates: Record<Part, Template>;
}

/** A folder for a whole file of tests: what is synthesised once is looked at by many. */
function folderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cottage-infra-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The code of the functions plays no part in a template: a line for each does. */
export function codeFolder(): string {
  const folder = folderOfFile();
  for (const { bundle } of Object.values(plannedFunctions())) {
    mkdirSync(join(folder, bundle), { recursive: true });
    writeFileSync(join(folder, bundle, 'index.mjs'), `export const handler = '${bundle}';\n`);
  }
  return folder;
}

/** All templates, from the example of a configuration. No account, no network. */
export function synthesise(change: Partial<CottageConfig> = {}): Synthesised {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  const config = { ...readConfig('cottage.config.example.json'), ...change };
  const app = new App({ context, analyticsReporting: false, outdir: folderOfFile() });
  const edgeCode = {
    viewerRequest: 'function handler(event) { return event.request; }',
    viewerResponse: 'function handler(event) { return event.response; }',
  };
  const stacks = addCottage(app, { config, codeFolder: codeFolder(), edgeCode });
  const assembly = app.synth();
  const parts = Object.entries(stacks).map(([part, stack]) => [
    part,
    whole(assembly.getStackArtifact(stack.artifactId).template as Template),
  ]);
  const names = namesOf(config);
  const facilities = { config, names, data: stacks.data.facilities, edge: EdgeStack.facilities(names) };
  return { app, config, stacks, facilities, templates: Object.fromEntries(parts) as Record<Part, Template> };
}

function whole(template: Template): Template {
  for (const resource of Object.values(template.Resources)) resource.Properties ??= {};
  return template;
}

export const resourcesOf = (template: Template, type: string): Resource[] =>
  Object.values(template.Resources).filter((resource) => resource.Type === type);
