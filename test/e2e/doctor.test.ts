import { rmSync } from 'node:fs';
import { Logger } from '@aws-lambda-powertools/logger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nightlyHandler } from '../../functions/aws/nightly-handler.ts';
import { makeMetrics } from '../../functions/aws/runtime.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import { PROBLEM_CODES } from '../../shared/doctor/problems.ts';
import { around } from '../builders/around.ts';
import { writtenLines } from '../builders/aws-runtime.ts';
import { runCli } from '../builders/cli-run.ts';
import { PAGE, startTestCottage } from '../builders/cottage.ts';
import { buildTemplate, Damaged, type Template } from '../builders/damaged.ts';
import { lambdaContext } from '../fakes/lambda.ts';
import { HOST, put } from './doctor-plants/plant.ts';
import { TABLES } from './doctor-plants/tables.ts';

let template: Template;
beforeAll(async () => {
  template = await buildTemplate();
});
afterAll(() => rmSync(template.folder, { recursive: true, force: true }));

test('what nobody has damaged is well', async () => {
  const d = await Damaged.start(template);
  const examined = await examine(d.deps);
  expect(examined.problems).toEqual([]);
  expect(examined).toMatchObject({
    ok: true,
    checked: { teams: 2, apps: 3, publishes: 4, releases: 2, files: 4 },
  });
});

describe.each(TABLES)('the doctor finds in %s', (_, rows) => {
  test.each(rows)('%s', async (__, plant, codes) => {
    const d = await Damaged.start(template);
    await plant(d);
    expect(await d.codes()).toEqual(codes.toSorted());
  });
});

/**
 * These need a disk that is full, a newer Cottage, a certificate from elsewhere, days, or an account of AWS:
 * `test/unit/doctor-local.test.ts`, `test/e2e/small-host.test.ts`, `test/contract/aws-inspection.test.ts` and the audit’s
 * own tests provoke them.
 */
const ELSEWHERE = [
  'audit/forged',
  'audit/older-database',
  'audit/out-of-order',
  'audit/rewritten',
  'certificate/expiring',
  'database/corrupt',
  'disk/low',
  'effect/failing',
  'mail/paused',
  'mail/sandbox',
  'mail/unverified',
  'signing-key/unusable',
];

test('there is a case for every problem the doctor knows', () => {
  const planted = new Set(TABLES.flatMap(([, rows]) => rows.flatMap(([, , codes]) => codes)));
  expect([...planted, ...ELSEWHERE].toSorted()).toEqual(Object.keys(PROBLEM_CODES).toSorted());
  expect(TABLES.flatMap(([, rows]) => rows).length).toBeGreaterThan(100);
});

describe('the doctor, asked by a person', () => {
  test('says what is wrong and what to do, the worst first, and ends with 5', async () => {
    const d = await Damaged.start(template);
    d.sql("DELETE FROM dns_records WHERE name = ? AND type = 'A'", HOST);
    await put(d, `work/${d.was.first.publishId}.json`);
    const variables = { COTTAGE_DATA: d.folder };
    const ran = await runCli(['doctor'], { variables });
    expect(ran.code).toBe(5);
    const [first, ...rest] = ran.out.trim().split('\n\n');
    expect(first).toMatch(/^Checked 2 teams, 3 apps, .* 2 problems found\.$/);
    expect(rest[0]).toContain(
      `  ✗ There is no record A at ${HOST}.\n    What to do: Put the latest backup back.`,
    );
    expect(rest[0]).toContain('About: demo/lunch (dns/missing)');
    expect(rest[1]).toContain('  ! A publish that has ended has left its listing here.');
    const { problems } = JSON.parse((await runCli(['doctor', '--json'], { variables })).out) as {
      problems: object[];
    };
    expect(problems).toMatchObject([{ code: 'dns/missing', severity: 'error' }, { code: 'leftover/work' }]);
  });

  test('looks again before it says anything, and tells only what was there every time', async () => {
    const d = await Damaged.start(template);
    const [first, second] = [d.was.first, d.was.second].map(({ publishId }) => `work/${publishId}.json`) as [
      string,
      string,
    ];
    await put(d, first);
    let looks = 0;
    let edgeLooks = 0;
    const blobs = around(d.deps.blobs, async ({ verb, args, go }) => {
      if (verb !== 'list' || args[0] !== 'work/') return go();
      looks += 1;
      if (looks === 3) await d.deps.blobs.delete(first);
      if (looks === 3) await put(d, second);
      return go();
    });
    const hosting = around(d.deps.hosting, async ({ go }) => {
      edgeLooks += 1;
      return go();
    });
    const examined = await examine({ ...d.deps, blobs, hosting }, { pauses: [0, 0, 0, 0] });
    expect(examined.problems).toEqual([]);
    // At the edge nothing was wrong, so that nobody looks there again.
    expect(edgeLooks).toBe(1);
    // There at two looks; gone at the third, at which there is something else; and then nobody looks again.
    expect(looks).toBe(3);
  });

  test('is told that nobody answers when Cottage is stopped', async () => {
    const d = await Damaged.start(template);
    await d.cottage.cottage.stop();
    const ran = await runCli(['doctor'], { variables: { COTTAGE_DATA: d.folder } });
    expect(ran.code).toBe(8);
    expect(ran.err).toContain('does not answer');
    expect(ran.err).toContain('cottage start');
  });
});

test('what it says about an edge that differs puts it right', async () => {
  const d = await Damaged.start(template);
  const row = [String(d.was.first.release), d.was.lunch.appId] as const;
  d.sql("UPDATE edge_bindings SET site = json_set(site, '$.release', ?) WHERE app = ?", ...row);
  expect(await d.codes()).toEqual(['edge/differs']);
  const variables = { COTTAGE_DATA: d.folder };
  expect((await runCli(['hold', 'demo/lunch', '--reason', 'mending'], { variables })).code).toBe(0);
  expect((await runCli(['release', 'demo/lunch'], { variables })).code).toBe(0);
  expect(await d.codes()).toEqual([]);
  expect((await d.cottage.visit(HOST)).body).toContain('Stew');
});

test('while apps are published the doctor finds nothing', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  const PUBLISHERS = 4;
  const ROUNDS = 6;
  const under = { way: PUBLISHERS };
  const publishing = Array.from({ length: PUBLISHERS }, async (_, app) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const files = { 'index.html': PAGE.replace('Soup', `Soup ${app} ${round}`), 'a.txt': `${round}` };
      const link = await cottage.begin(files, { name: `app-${app}`, title: `App ${app}` });
      expect((await cottage.follow(link)).status).toBe('live');
    }
    under.way -= 1;
  });
  const reports: unknown[] = [];
  while (under.way > 0) reports.push(...(await examine(cottage.deps, { pauses: [5, 20, 80, 300] })).problems);
  await Promise.all(publishing);
  expect(reports).toEqual([]);
  expect(await cottage.problems()).toEqual([]);
}, 60_000);

test('bytes beyond what is read by itself are read when asked to, and those that are shown before', async () => {
  const d = await Damaged.start(template);
  d.edit(d.lunchKey, `release#${d.was.second.release}`, { sizeBytes: 1_999_999_999 });
  await put(d, `apps/${d.was.lunch.appId}/${d.was.first.release}/style.css`, '/* Soap */');
  expect(await d.codes()).toEqual([]);
  const deep = await examine(d.deps, { deep: true, pauses: [] });
  expect(deep.problems.map(({ code }) => code)).toEqual(['release/altered']);
  // The same code runs at night on AWS, which reads them too when whoever runs it says so.
  writtenLines();
  const runtime = { deps: d.deps, logger: new Logger(), metrics: makeMetrics('nightly') };
  const night = (event: object) => nightlyHandler(runtime)(event, lambdaContext('nightly'));
  expect(await night({})).toMatchObject({ errors: 0 });
  expect(await night({ deep: true })).toMatchObject({ errors: 1 });
  await put(d, `${d.prefix}style.css`, '/* Stow */');
  expect(await d.codes()).toEqual(['release/altered']);
});
