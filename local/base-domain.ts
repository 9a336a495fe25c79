import type { DatabaseSync } from 'node:sqlite';
import { DataRefused } from './migrations.ts';

/**
 * Zones, certificates, names and links are all made of the base domain, so data stays with the one it began with.
 * @throws DataRefused `data/base-domain` when this data began with another one
 */
export function checkBaseDomain(database: DatabaseSync, baseDomain: string): void {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE name = 'dns_zones'`).all();
  if (tables.length === 0) return;
  const zones = database
    .prepare('SELECT zone FROM dns_zones')
    .all()
    .map(({ zone }) => String(zone));
  if (zones.length === 0 || zones.includes(baseDomain)) return;
  const [was = ''] = zones.toSorted((a, b) => a.split('.').length - b.split('.').length);
  throw new DataRefused(
    'data/base-domain',
    `The apps in this data folder live below ${was}, not ${baseDomain}: set COTTAGE_BASE_DOMAIN=${was}. To move to ` +
      `${baseDomain}, start with another data folder and publish the apps again.`,
  );
}
