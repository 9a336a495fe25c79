import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { AIMS, type Costs, rehearseCosts } from '../../bench/aws-cost.ts';
import { costOf } from '../../bench/aws-prices.ts';
import { rowsBelow } from '../repo/markdown.ts';

describe('a rehearsed Cottage on AWS', () => {
  let costs: Costs;
  // Functions work as long as they may take here; what they wait for is counted.
  beforeAll(async () => {
    costs = await rehearseCosts({ handlerMs: 20, nights: 1 });
  }, 120_000);

  it('publishes 25 files for a tenth of a cent at most, unless somebody is asked first', () => {
    expect(costOf(costs.later)).toBeLessThanOrEqual(AIMS.publish);
    expect(costOf(costs.first)).toBeLessThanOrEqual(AIMS.publish);
    expect(costOf(costs.approved)).toBeGreaterThan(costOf(costs.first));
  });

  it('uses what the publish of 25 files has to, and no more', () => {
    const { gbSeconds = 0, mailBytes = 0, archivedBytes = 0, logBytes = 0, ...counted } = costs.later;
    expect(counted).toEqual({
      // Twelve states, the start and the end.
      transitions: 14,
      // Eleven steps, and three calls of the API: for the upload, the publish and a look at the end.
      invocations: 14,
      apiRequests: 3,
      wafRequests: 3 + 2,
      traces: 3 + 1,
      // 25 files, the zip itself, what the steps hand on, the release's own list, and a look for leftovers.
      s3Writes: 32,
      s3Reads: 12,
      writeUnits: 205,
      readUnits: 51,
      keyRequests: 4,
      mails: 1,
      events: 1,
      edgeRequests: 2,
    });
    expect([gbSeconds < 12, mailBytes < 4_000, archivedBytes < 2_000, logBytes < 80_000]).not.toContain(
      false,
    );
  });

  it('keeps an app that nobody visits for fifteen cents a month at most', () => {
    expect(costOf(costs.appMonth)).toBeLessThanOrEqual(AIMS.appMonth);
    expect(costs.appMonth.tenantMonths).toBe(1);
    expect(costs.appMonth.recordByteMonths).toBeGreaterThan(50_000);
    // What a night does in any case is no app's.
    expect(costs.appMonth.keyRequests).toBe(0);
    // Every night the files of its ten releases are looked at.
    expect(costs.appMonth.s3Reads).toBeGreaterThanOrEqual(30 * 250);
  });

  it('answers whoever asks how a publish goes with one call of one function', () => {
    expect(costs.look).toMatchObject({ apiRequests: 1, invocations: 1, traces: 1 });
    expect(costs.look).not.toHaveProperty('writeUnits');
  });

  it('sweeps every minute of a month, and looks at eight partitions each time', () => {
    const { invocations = 0, readUnits = 0, traces } = costs.emptyMonth;
    expect(invocations).toBe(30 * 24 * 60 + 30);
    expect(traces).toBe(invocations);
    expect(readUnits).toBeGreaterThan(30 * 24 * 60 * 4);
  });

  it.each([
    ['A look at how a publish goes', 'look'],
    ['The first publish of an app, when somebody approves it', 'approved'],
    ['The first publish of an app that needs no approval', 'first'],
    ['A later publish', 'later'],
    ['An app for a month without traffic', 'appMonth'],
    ['The sweep and the nightly run, for a month, without any app', 'emptyMonth'],
  ] as const)('costs what the document for AWS says: %s', (what, name) => {
    const aws = readFileSync('docs/aws.md', 'utf8');
    const rows = rowsBelow(aws, '### For each publish, and each month of an app');
    const [, said = ''] = rows.find(([title]) => title === what) ?? [];
    // How long functions work is measured anew each time, and not here.
    const ratio = Number(said) / costOf(costs[name]);
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });
});
