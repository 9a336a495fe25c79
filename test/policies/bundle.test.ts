import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestSources, policySources, ruleFolders } from '../../policies/sources.ts';
import { BundleDigest } from '../../shared/policies/bundle.ts';
import { tempFolder } from '../builders/temp.ts';
import { bundleFolder, policiesFolder } from './policy-input.ts';

function policiesCopy(): string {
  const copy = tempFolder();
  cpSync(policiesFolder, copy, { recursive: true });
  return copy;
}

test('the compiled bundle was built from the sources that are here', () => {
  const digest = BundleDigest.parse(JSON.parse(readFileSync(join(bundleFolder, 'digest.json'), 'utf8')));

  expect(digest.sources, 'run npm run policies:build').toBe(digestSources(policiesFolder));
});

test('the sources are every policy and the data, and not the tests', () => {
  expect(policySources(policiesFolder)).toEqual([
    'data-class-tier/policy.rego',
    'data/data.json',
    'main/policy.rego',
    'naming-and-ownership/policy.rego',
  ]);
});

test.each(policySources(policiesFolder))('a change in %s changes the digest', (source) => {
  const copy = policiesCopy();
  writeFileSync(join(copy, source), `${readFileSync(join(copy, source), 'utf8')} `);

  expect(digestSources(copy)).not.toBe(digestSources(policiesFolder));
});

test('the line ends of a checkout do not change the digest', () => {
  const copy = policiesCopy();
  for (const source of policySources(copy)) {
    const text = readFileSync(join(copy, source), 'utf8');
    writeFileSync(join(copy, source), text.replaceAll('\n', '\r\n'));
  }

  expect(digestSources(copy)).toBe(digestSources(policiesFolder));
});

test.each(ruleFolders(policiesFolder))('%s has a policy with its tests', (rule) => {
  const files = readdirSync(join(policiesFolder, rule));

  expect(files).toContain('policy.rego');
  expect(files).toContain('policy_test.rego');
  expect(existsSync(join(policiesFolder, rule, 'cases.json'))).toBe(rule !== 'main');
});
