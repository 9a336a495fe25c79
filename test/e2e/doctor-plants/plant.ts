import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { AppId } from '../../../shared/ids/ids.ts';
import type { Damaged } from '../../builders/damaged.ts';

export const OTHER_APP = AppId.parse(`a_${'b'.repeat(26)}`);
export const OTHER_RELEASE = `r_${'b'.repeat(26)}`;
export const OTHER_PUBLISH = `p_${'b'.repeat(26)}`;
export const HOST = 'lunch.demo.apps.localhost';
export const ZONE = 'demo.apps.localhost';
export const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** What somebody planted, and every code the doctor then names. */
export type Row = [planted: string, plant: (d: Damaged) => unknown, codes: string[]];

export const put = (d: Damaged, key: string, text = 'x') => d.deps.blobs.put(key, Buffer.from(text));
export const dns = (d: Damaged, text: string, ...values: string[]) => d.sql(text, ...values);
export const file = (d: Damaged, change: (text: string) => string, name: string) =>
  writeFileSync(d.inData(name), change(readFileSync(d.inData(name), 'utf8')));

/** The file of the certificate of this zone. */
export const certificateFile = (d: Damaged, zone = ZONE) => {
  const names = readdirSync(d.inData('certificates'));
  const found = names.find((name) =>
    readFileSync(d.inData(`certificates/${name}`), 'utf8').includes(`*.${zone}`),
  );
  return `certificates/${found}`;
};

export const openDecision = (d: Damaged) => `decision#${d.was.dinner.decision?.decisionId}`;

/** A release that was begun just now, or when it says. */
export const beingBuilt = (
  d: Damaged,
  appId: string,
  createdAt = new Date(d.deps.clock.now()).toISOString(),
) => ({
  appId,
  release: OTHER_RELEASE,
  state: 'building',
  usedBy: d.was.second.publishId,
  fileCount: 1,
  sizeBytes: 1,
  indexSha256: 'x',
  hookVersion: '1',
  scanFindings: [],
  createdAt,
});
