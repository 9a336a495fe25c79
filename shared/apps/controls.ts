import type { AppSettings } from './settings.ts';

/** What must stand around an app of this class, visibility and tier; shown in the catalog. */
export function requiredControls(settings: Pick<AppSettings, 'dataClass' | 'visibility' | 'tier'>): string[] {
  const controls = ['https', 'central-logging', 'secret-scan'];
  if (settings.visibility !== 'public') controls.push('sign-in');
  if (settings.visibility === 'public' || settings.tier !== 'shared') controls.push('approval');
  if (settings.dataClass === 'confidential' || settings.dataClass === 'regulated')
    controls.push('access-review');
  if (settings.dataClass === 'regulated') controls.push('isolated-hosting');
  if (settings.tier === 'edge') controls.push('waf');
  return controls.toSorted();
}
