import type { Instant } from '../ids/ids.ts';
import type { Publish } from '../publishes/publish.ts';
import type { Team } from '../teams/team.ts';
import { TIERS } from '../tiers/tiers.ts';
import type { App } from './app.ts';
import { requiredControls } from './controls.ts';

/** A new app's first record: a draft with its name reserved. */
export function creationOf(publish: Publish, team: Team, now: Instant): App {
  const { appId, name, host, settings, platform } = publish;
  return {
    ...settings,
    appId,
    team: team.name,
    name,
    subdomain: host,
    businessUnit: team.businessUnit,
    requiredControls: requiredControls(settings),
    billingTag: `cottage:${team.name}/${name}`,
    estimatedMonthlyCostCents: TIERS[settings.tier].monthlyCents,
    state: 'draft',
    stateSince: now,
    settledGen: 0,
    releases: [],
    createdAt: now,
    createdBy: `platform:${platform}`,
    auditSeq: 0,
    auditHash: '',
  };
}
