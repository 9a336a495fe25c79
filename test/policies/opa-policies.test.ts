import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BundleDigest } from '../../shared/policies/bundle.ts';
import { loadPolicies } from '../../shared/policies/opa-policies.ts';
import type { PolicyInput } from '../../shared/policies/policies.ts';
import { tempFolder } from '../builders/temp.ts';
import { bundleFolder, fineInput } from './policy-input.ts';

function bundleCopy(): string {
  const copy = tempFolder();
  cpSync(bundleFolder, copy, { recursive: true });
  return copy;
}

const withFacts = (facts: Partial<PolicyInput['facts']>): PolicyInput => ({
  ...fineInput,
  facts: { ...fineInput.facts, ...facts },
});

test('policies say which sources they were compiled from', async () => {
  const policies = await loadPolicies(bundleFolder);
  const digest = BundleDigest.parse(JSON.parse(readFileSync(join(bundleFolder, 'digest.json'), 'utf8')));

  expect(policies.version).toBe(digest.sources);
});

test('an evaluation leaves nothing behind for the next one', async () => {
  const policies = await loadPolicies(bundleFolder);
  const isolated: PolicyInput = { ...fineInput, app: { ...fineInput.app, tier: 'isolated' } };

  expect(policies.evaluate(isolated).approvals).toEqual(['tier:isolated']);
  expect(policies.evaluate(fineInput)).toEqual({ violations: [], approvals: [] });
  expect(policies.evaluate(isolated).approvals).toEqual(['tier:isolated']);
});

test('the largest facts there can be are evaluated', async () => {
  const policies = await loadPolicies(bundleFolder);
  const externalHosts = Array.from({ length: 200 }, (_, i) => `${i}.`.padEnd(253, 'x'));
  const extensions = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`.${i}`.padEnd(250, 'x'), i]));

  expect(policies.evaluate(withFacts({ externalHosts, extensions }))).toEqual({
    violations: [],
    approvals: [],
  });
});

test('an input over the memory limit is an error, and the next input is evaluated', async () => {
  const policies = await loadPolicies(bundleFolder);

  expect(() => policies.evaluate(withFacts({ externalHosts: ['x'.repeat(20_000_000)] }))).toThrow(
    'could not be evaluated',
  );
  expect(policies.evaluate(fineInput)).toEqual({ violations: [], approvals: [] });
});

test('an answer in an unknown shape is an error, not a pass', async () => {
  const policies = await loadPolicies(bundleFolder);
  const app = { ...fineInput.app, owner: 7 as unknown as string };

  expect(() => policies.evaluate({ ...fineInput, app })).toThrow('could not be evaluated');
});

test.each(['policy.wasm', 'data.json', 'digest.json'])('a bundle without %s does not load', async (file) => {
  const copy = bundleCopy();
  rmSync(join(copy, file));

  await expect(loadPolicies(copy)).rejects.toThrow(file);
});

test('a bundle whose files are not of one build does not load', async () => {
  const otherData = bundleCopy();
  writeFileSync(join(otherData, 'data.json'), '{"constants":{}}');
  const otherWasm = bundleCopy();
  writeFileSync(
    join(otherWasm, 'policy.wasm'),
    Buffer.concat([readFileSync(join(otherWasm, 'policy.wasm')), Buffer.of(0)]),
  );

  await expect(loadPolicies(otherData)).rejects.toThrow('not of one build');
  await expect(loadPolicies(otherWasm)).rejects.toThrow('not of one build');
});
