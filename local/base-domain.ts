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
  // A team's zone is one label below the base domain: so neither a domain above it nor a team's own passes for it.
  const isOurs = (zone: string) => zone === baseDomain || zone.replace(/^[^.]+\./, '') === baseDomain;
  if (zones.every(isOurs)) return;
  const [was = ''] = zones.toSorted((a, b) => a.split('.').length - b.split('.').length);
  throw new DataRefused(
    'data/base-domain',
    `The apps in this data folder live below ${was}, not ${baseDomain}: set COTTAGE_BASE_DOMAIN=${was}. To move to ` +
      `${baseDomain}, start with another data folder and publish the apps again.`,
  );
}
