import { describe, expect, it } from 'vitest';
import { brokenRule, ENVIRONMENT_READERS, editionOf, methodsOf, PORTS } from './layout-rules.ts';
import { importsOf, repositoryFiles, textOf, typescriptFiles } from './sources.ts';

describe('imports', () => {
  it('point one way, and only the composition roots name adapters', () => {
    const broken = typescriptFiles().flatMap((path) =>
      importsOf(path).flatMap((each) => {
        const rule = brokenRule(path, each);
        return rule === undefined ? [] : [`${path} imports ${each.target}: ${rule}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

describe('the import rules', () => {
  const refused: [from: string, target: string, typeOnly: boolean, rule: string][] = [
    [
      'functions/publish/scan.ts',
      'shared/dns/local-dns.ts',
      true,
      'only the composition roots name adapters',
    ],
    ['functions/publish/scan.ts', 'local/config.ts', false, 'functions/ know no edition'],
    ['functions/publish/scan.ts', 'cli/commands.ts', false, 'functions/ know no edition'],
    ['shared/dns/plan.ts', 'shared/dns/route53-dns.ts', true, 'only the composition roots name adapters'],
    ['shared/dns/plan.ts', 'functions/publish/scan.ts', false, 'shared/ stands below everything else'],
    ['shared/dns/plan.ts', 'local/database.ts', false, 'shared/ stands below everything else'],
    ['shared/dns/plan.ts', 'cli/commands.ts', false, 'shared/ stands below everything else'],
    ['shared/dns/dns.ts', '@aws-sdk/client-route-53', true, 'only adapters of the AWS edition know its SDK'],
    ['shared/dns/local-dns.ts', '@smithy/types', true, 'only adapters of the AWS edition know its SDK'],
    ['shared/dns/local-dns.ts', 'shared/dns/route53-dns.ts', true, 'no adapter of one edition in the other'],
    ['shared/dns/route53-dns.ts', 'shared/dns/local-dns.ts', false, 'no adapter of one edition in the other'],
    [
      'shared/downloads/https-downloads.ts',
      'shared/dns/local-dns.ts',
      true,
      'no adapter of one edition in the other',
    ],
    [
      'shared/downloads/https-downloads.ts',
      '@aws-sdk/client-s3',
      true,
      'only adapters of the AWS edition know its SDK',
    ],
    [
      'functions/publish/unpack.ts',
      'shared/downloads/https-downloads.ts',
      true,
      'only the composition roots name adapters',
    ],
    ['local/edge.ts', 'shared/dns/local-dns.ts', false, 'only the composition roots name adapters'],
    ['shared/dns/node-dns.ts', 'shared/dns/local-dns.ts', false, 'no adapter of one edition in the other'],
    [
      'functions/publish/scan.ts',
      'shared/hosting/node-edge-probe.ts',
      false,
      'only the composition roots name adapters',
    ],
    ['cli/cottage.ts', 'shared/dns/local-dns.ts', true, 'only the composition roots name adapters'],
    ['local/main.ts', 'test/builders/clock.ts', false, 'only tests import from test/'],
    ['local/main.ts', 'shared/dns/route53-dns.ts', false, 'no adapter of one edition in the other'],
    ['local/main.ts', '@aws-sdk/client-route-53', false, 'only adapters of the AWS edition know its SDK'],
    ['shared/runtime/aws.ts', 'shared/dns/local-dns.ts', true, 'no adapter of one edition in the other'],
  ];
  it.each(refused)('%s may not import %s (type only: %s): %s', (from, target, typeOnly, rule) => {
    expect(brokenRule(from, { target, typeOnly })).toBe(rule);
  });

  const allowed: [from: string, target: string, typeOnly: boolean][] = [
    ['local/main.ts', 'shared/dns/local-dns.ts', false],
    ['shared/runtime/aws.ts', 'shared/dns/route53-dns.ts', false],
    ['shared/runtime/aws.ts', 'shared/dns/node-dns.ts', false],
    ['shared/runtime/aws.ts', '@aws-sdk/client-route-53', false],
    ['shared/dns/route53-dns.ts', '@aws-sdk/client-route-53', false],
    ['local/main.ts', 'shared/downloads/https-downloads.ts', false],
    ['shared/runtime/aws.ts', 'shared/downloads/https-downloads.ts', false],
    ['infra/app.ts', '@aws-sdk/client-route-53', false],
    ['local/edge.ts', 'shared/dns/local-dns.ts', true],
    ['bench/aws-rehearsal.ts', 'test/rehearsal/world.ts', false],
    ['shared/dns/local-dns.ts', 'shared/dns/local-zones.ts', false],
    ['shared/dns/local-dns.ts', 'shared/dns/node-dns.ts', false],
    ['shared/records/sqlite-record-store.ts', 'local/database.ts', false],
    ['functions/publish/scan.ts', 'shared/dns/dns.ts', false],
    ['test/contract/dns.test.ts', 'shared/dns/local-dns.ts', false],
  ];
  it.each(allowed)('%s may import %s (type only: %s)', (from, target, typeOnly) => {
    expect(brokenRule(from, { target, typeOnly })).toBeUndefined();
  });

  it.each(['local-', 'sqlite-'])('a file named %s… is an adapter of one machine', (prefix) => {
    expect(editionOf(`shared/noun/${prefix}noun.ts`)).toBe('single-node');
  });

  it.each([
    'aws-',
    'dynamodb-',
    's3-',
    'cloudfront-',
    'route53-',
    'acm-',
    'ses-',
    'kms-',
    'step-functions-',
    'event-bridge-',
  ])('a file named %s… is an adapter on AWS', (prefix) => {
    expect(editionOf(`shared/noun/${prefix}noun.ts`)).toBe('aws');
  });

  it.each(['node-', 'https-', 'oidc-'])('a file named %s… is an adapter of either edition', (prefix) => {
    const target = `shared/noun/${prefix}noun.ts`;
    expect(editionOf(target)).toBe('both');
    for (const from of ['functions/api/apps.ts', 'shared/teams/teams.ts', 'local/routes.ts']) {
      expect(brokenRule(from, { target, typeOnly: false })).toBe('only the composition roots name adapters');
    }
    expect(brokenRule(target, { target: '@aws-sdk/client-sts', typeOnly: false })).toBe(
      'only adapters of the AWS edition know its SDK',
    );
  });

  it('a file outside shared/ is no adapter, whatever its name', () => {
    expect(editionOf('local/node-version.ts')).toBeUndefined();
  });

  it('see every form of import', () => {
    const text = [
      `import 'reflect-metadata';`,
      `import * as z from 'zod';`,
      `import type { Dns } from './dns.ts';`,
      `import {`,
      `  type Changes,`,
      `  isEmpty,`,
      `} from "../plan/plan.ts";`,
      `import type from './type.ts';`,
      `export * from './more.ts';`,
      `export type { Zone } from './zone.ts';`,
      `  const late = await import('./late.ts');`,
      `export const answer = 'from here';`,
    ].join('\n');
    expect(importsOf('shared/dns/local-dns.ts', text)).toEqual([
      { target: 'reflect-metadata', typeOnly: false },
      { target: 'zod', typeOnly: false },
      { target: 'shared/dns/dns.ts', typeOnly: true },
      { target: 'shared/plan/plan.ts', typeOnly: false },
      { target: 'shared/dns/type.ts', typeOnly: false },
      { target: 'shared/dns/more.ts', typeOnly: false },
      { target: 'shared/dns/zone.ts', typeOnly: true },
      { target: 'shared/dns/late.ts', typeOnly: false },
    ]);
  });
});

describe('ports', () => {
  it.each(Object.entries(PORTS))('%s has one to five verbs and no SDK types', (name, path) => {
    const verbs = methodsOf(textOf(path), name);
    expect(verbs?.length).toBeGreaterThanOrEqual(1);
    expect(verbs?.length).toBeLessThanOrEqual(5);
    expect(importsOf(path).filter(({ target }) => /^@(aws-sdk|smithy)\//.test(target))).toEqual([]);
  });

  it('have their methods counted however they are written', () => {
    const text = [
      'export interface StoreOptions {',
      '  size(): void;',
      '}',
      'export interface Store<T> {',
      '  /** Reads (or not). */',
      '  get(key: string): Promise<T>;',
      '  list(',
      '    prefix: string,',
      '    inner(): void,',
      '  ): void;',
      '  map<U>(each: (item: T) => U): U[];',
      '  now: () => number;',
      '  maybe?(): void;',
      '  size: number;',
      '}',
      'export interface Other {',
      '  more(): void;',
      '}',
    ].join('\n');
    expect(methodsOf(text, 'Store')).toEqual(['get', 'list', 'map', 'now', 'maybe']);
    expect(methodsOf(text, 'Missing')).toBeUndefined();
  });
});

describe('names of files and folders', () => {
  const ours = repositoryFiles().filter((path) => !/^(templates|test\/fixtures)\//.test(path));

  it('no folder is a drawer for everything', () => {
    const drawers = ours.filter((path) => /(^|\/)(utils?|helpers?|commons?|misc|lib)\//.test(path));
    expect(drawers).toEqual([]);
  });

  it('are kebab-case', () => {
    // What other tools expect to find, and OPA's own suffix for tests.
    const others = /^(README\.md|CONTRIBUTING\.md|LICENSE|\w+_test\.rego)$/;
    const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
    const odd = ours.filter((path) =>
      path.split('/').some((part) => !others.test(part) && !kebab.test(part)),
    );
    expect(odd).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read where it is parsed, and nowhere else', () => {
    const environment = /\bprocess\s*(\??\.|\[\s*['"`])\s*env\b|\benv\b[^;]*from 'node:process'/;
    const readers = typescriptFiles()
      .filter((path) => !path.startsWith('test/'))
      .filter((path) => environment.test(textOf(path)));
    expect(readers).toEqual(ENVIRONMENT_READERS);
  });
});
