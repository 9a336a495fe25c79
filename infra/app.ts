import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigurationRefused, readConfig } from './config.ts';
import { addCottage } from './cottage.ts';

const edgeFile = (name: string) =>
  readFileSync(new URL(`../functions/edge/${name}`, import.meta.url), 'utf8');

// What `cdk synth` and `cdk deploy` run, once the functions are bundled. It asks nobody anything: no account, no network,
// no Docker.
try {
  const app = new App();
  const path = (app.node.tryGetContext('config') as string | undefined) ?? 'cottage.config.json';
  const config = readConfig(path);
  addCottage(app, {
    config,
    codeFolder: 'dist/lambdas',
    edgeCode: {
      viewerRequest: edgeFile('viewer-request.js'),
      viewerResponse: edgeFile('viewer-response.js'),
    },
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
