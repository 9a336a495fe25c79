import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { Route53Dns } from '../../shared/dns/route53-dns.ts';
import { makeDns, openAws } from '../../shared/runtime/aws.ts';
import { EnvironmentRefused, readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { VARIABLES } from '../builders/aws-runtime.ts';

describe('the environment of a function', () => {
  test('says what steps and endpoints know of the edition', () => {
    const environment = readAwsEnvironment({
      ...VARIABLES,
      COTTAGE_PUBLIC_URL: 'https://cottage.example.com/',
      COTTAGE_ADMINS: 'Admin@example.com,other@example.com',
      COTTAGE_LIMITS: '{"files":7}',
      PATH: '/usr/bin',
    });
    const { settings } = openAws({ name: 'publish-scan', environment, log: silentLog, ports: {} });
    expect(settings).toMatchObject({
      publicUrl: 'https://cottage.example.com',
      baseDomain: 'apps.example.com',
      hostingEndpoint: { kind: 'name', name: 'd111111abcdef8.cloudfront.net' },
      admins: ['admin@example.com', 'other@example.com'],
      limits: { ...DEFAULT_LIMITS, files: 7 },
    });
    expect(settings.appUrl('lunch.finance.apps.example.com')).toBe('https://lunch.finance.apps.example.com');
  });

  test('has the limits and the level of the log by default', () => {
    expect(readAwsEnvironment({ ...VARIABLES })).toMatchObject({
      COTTAGE_LIMITS: DEFAULT_LIMITS,
      COTTAGE_LOG: 'info',
    });
  });

  const wrong: [variable: string, value: string | undefined][] = [
    ['COTTAGE_BASE_DOMAIN', undefined],
    ['COTTAGE_PUBLIC_URL', 'http://cottage.example.com'],
    ['COTTAGE_ADMINS', 'nobody'],
    ['COTTAGE_ADMINS', ''],
    ['COTTAGE_TABLE', ''],
    ['COTTAGE_STATE_MACHINES', 'cottage-'],
    ['COTTAGE_STATE_MACHINES', 'arn:aws:states:eu-central-1:123456789012:execution:cottage-'],
    ['COTTAGE_EDGE_ENDPOINT', 'https://d1.cloudfront.net'],
    ['COTTAGE_LOG', 'loud'],
    ['COTTAGE_LIMITS', 'many'],
    ['COTTAGE_LIMITS', '{"files":0}'],
    ['COTTAGE_LIMITS', '{"filse":7}'],
  ];
  test.each(wrong)('is refused with %s=%s, by name', (variable, value) => {
    const read = () => readAwsEnvironment({ ...VARIABLES, [variable]: value });
    expect(read).toThrow(EnvironmentRefused);
    expect(read).toThrow(variable);
  });

  test('what a function was made without says so when it is asked, and names the function', async () => {
    const environment = readAwsEnvironment({ ...VARIABLES });
    const deps = openAws({ name: 'publish-scan', environment, log: silentLog, ports: { dns: makeDns } });
    expect(() => deps.policies()).toThrow('publish-scan was made without the policies');
    expect(() => deps.scanner.scan([])).toThrow('publish-scan was made without a scanner');
    expect(() => deps.hosting.bindings()).toThrow(
      'publish-scan was made without the port "hosting": infra/functions.ts lists no use of it',
    );
    expect(deps.dns).toBeInstanceOf(Route53Dns);
  });
});
