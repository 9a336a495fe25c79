import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ruleFolders } from '../../policies/sources.ts';
import { DATA_CLASSES, Tier } from '../../shared/apps/settings.ts';
import { findingOf } from '../../shared/findings/catalogue.ts';
import { loadPolicies } from '../../shared/policies/opa-policies.ts';
import type { Policies, PolicyInput } from '../../shared/policies/policies.ts';
import { bundleFolder, fineInput, policiesFolder } from './policy-input.ts';

const Changes = z.record(z.string(), z.unknown());
const Cases = z.array(
  z.strictObject({
    title: z.string(),
    /** Laid over the input of an app that passes; `null` takes a field away. */
    input: z.strictObject({
      app: Changes.optional(),
      team: Changes.optional(),
      platform: Changes.optional(),
      grants: z.array(z.string()).optional(),
    }),
    /** Codes and grants in the order they are answered in; what is left out is empty. */
    expect: z.strictObject({
      violations: z.array(z.string()).default([]),
      approvals: z.array(z.string()).default([]),
    }),
  }),
);
type Case = z.infer<typeof Cases>[number];

const rules = ruleFolders(policiesFolder).filter((rule) => rule !== 'main');
const casesOf = (rule: string): Case[] =>
  Cases.parse(JSON.parse(readFileSync(join(policiesFolder, rule, 'cases.json'), 'utf8')));

function overlay(base: object, changes: Record<string, unknown> = {}): object {
  return Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null));
}

function inputOf({ input }: Case): PolicyInput {
  return {
    ...fineInput,
    app: overlay(fineInput.app, input.app) as PolicyInput['app'],
    team: overlay(fineInput.team, input.team) as PolicyInput['team'],
    platform: overlay(fineInput.platform, input.platform) as PolicyInput['platform'],
    grants: input.grants ?? fineInput.grants,
  };
}

let policies: Policies;
beforeAll(async () => {
  policies = await loadPolicies(bundleFolder);
});

describe.each(rules)('%s', (rule) => {
  test.each(casesOf(rule))('$title', (one) => {
    const verdict = policies.evaluate(inputOf(one));

    expect(verdict.violations.map((violation) => violation.code)).toEqual(one.expect.violations);
    expect(verdict.approvals).toEqual(one.expect.approvals);
  });

  test('every code the policy can answer with is expected by a case', () => {
    const source = readFileSync(join(policiesFolder, rule, 'policy.rego'), 'utf8');
    const codes = new Set([...source.matchAll(/"code": "([^"]+)"/g)].map(([, code]) => code));

    expect(codes.size).toBeGreaterThan(0);
    expect(new Set(casesOf(rule).flatMap((one) => one.expect.violations))).toEqual(codes);
  });
});

test('a violation blocks and carries what its text needs', () => {
  const { violations } = policies.evaluate({
    ...fineInput,
    app: {
      ...fineInput.app,
      name: 'Lunch',
      title: '',
      owner: 'eve@example.com',
      dataClass: 'regulated',
      visibility: 'public',
    },
    platform: { id: 'builder', teams: [] },
  });

  const block = 'block';
  expect(violations).toEqual([
    { code: 'policy/data-class-tier', severity: block, data: { dataClass: 'regulated', tier: 'shared' } },
    {
      code: 'policy/data-class-visibility',
      severity: block,
      data: { dataClass: 'regulated', visibility: 'public' },
    },
    { code: 'policy/name-invalid', severity: block, data: { name: 'Lunch' } },
    { code: 'policy/owner-unknown', severity: block, data: { owner: 'eve@example.com', team: 'demo' } },
    { code: 'policy/platform-not-allowed', severity: block, data: { platform: 'builder', team: 'demo' } },
    { code: 'policy/title-missing', severity: block, data: { name: 'Lunch' } },
  ]);
});

test.each(rules.flatMap(casesOf))('people can read what is found: $title', (one) => {
  for (const { code, severity, data } of policies.evaluate(inputOf(one)).violations) {
    expect(findingOf(code, data)).toMatchObject({ code, severity });
  }
});

test('the policies know the data classes and tiers that the product knows', () => {
  const { constants } = z
    .object({
      constants: z.object({ dataClasses: z.array(z.string()), tiersNeedingGrant: z.array(z.string()) }),
    })
    .parse(JSON.parse(readFileSync(join(policiesFolder, 'data/data.json'), 'utf8')));

  expect(constants.dataClasses).toEqual(DATA_CLASSES);
  expect(constants.tiersNeedingGrant).toEqual(Tier.options.filter((tier) => tier !== 'shared').toSorted());
});
