import { finding } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';
import type { App } from './app.ts';
import { type AppSettings, DATA_CLASSES, type DataClass } from './settings.ts';

/** What holds where nobody says otherwise. */
export const defaultSettings = (costCenter: string) => ({
  coOwners: [],
  visibility: 'company' as const,
  tier: 'shared' as const,
  costCenter,
  expiresInDays: 90,
  integrations: [],
  spa: false,
});

/**
 * The settings a publish goes by: the request over `cottage.json` over `base`. A platform is trusted only so far: once
 * an app is there its owner stays, and once it was live its class can only be raised and its tier stays. What was asked
 * for and not done is said in a finding.
 */
export function mergeSettings(
  stored: Pick<App, 'owner' | 'dataClass' | 'tier' | 'live'> | undefined,
  base: AppSettings,
  ...over: Partial<AppSettings>[]
): { settings: AppSettings; findings: Finding[] } {
  const wanted: AppSettings = Object.assign({}, base, ...over);
  const findings: Finding[] = [];
  if (!stored) return { settings: wanted, findings };
  const settings = { ...wanted, owner: stored.owner };
  if (wanted.owner !== stored.owner)
    findings.push(finding('publish/owner-kept', { owner: stored.owner, asked: wanted.owner }));
  if (!stored.live) return { settings, findings };
  if (rank(wanted.dataClass) < rank(stored.dataClass)) {
    findings.push(
      finding('publish/class-kept', { dataClass: stored.dataClass ?? '', asked: wanted.dataClass ?? '' }),
    );
    settings.dataClass = stored.dataClass;
  }
  if (wanted.tier !== stored.tier) {
    findings.push(finding('publish/tier-kept', { tier: stored.tier, asked: wanted.tier }));
    settings.tier = stored.tier;
  }
  return { settings, findings };
}

const rank = (dataClass: DataClass | undefined): number => (dataClass ? DATA_CLASSES.indexOf(dataClass) : -1);
