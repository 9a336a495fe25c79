import { MINUTE_MS } from '../clock/clock.ts';
import { type AppId, instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { orDamaged } from './confirm.ts';
import type { Inspection } from './inspection.ts';
import type { Found } from './problems.ts';
import { nameOf, type World } from './world.ts';

/** Apps and the claims on their names, both ways. */
export function checkNames({ apps, claims }: World): Found[] {
  const found: Found[] = [];
  const byName = new Map(claims.map((claim) => [nameOf(claim), claim]));
  for (const app of apps.values()) {
    const subject = nameOf(app);
    const claim = byName.get(subject);
    if (app.state === 'retired') continue;
    if (claim?.appId !== app.appId || claim.state === 'tombstone') {
      found.push({ code: 'name/lost', subject, text: `The app does not hold the claim on its own name.` });
    } else if ((claim.state === 'live') !== (app.state !== 'draft')) {
      const text = `The claim on its name is ${claim.state}, and the app is ${app.state}.`;
      found.push({ code: 'name/state', subject, text });
    }
  }
  for (const claim of claims) {
    if (claim.state === 'tombstone') continue;
    const app = apps.get(claim.appId);
    if (app && nameOf(app) === nameOf(claim) && app.state !== 'retired') continue;
    const text = `The name is claimed for ${claim.appId}, which is no app of that name.`;
    found.push({ code: 'name/orphan', subject: nameOf(claim), text });
  }
  return found;
}

/** Apps, teams and platforms that name one another. */
export function checkTeams({ apps, teams, formerTeams, platforms, publishes }: World): Found[] {
  const found: Found[] = [];
  for (const app of apps.values()) {
    // A team may go once its apps are retired; their entries stay.
    if (app.state === 'retired' && formerTeams.has(app.team)) continue;
    const team = teams.get(app.team);
    const subject = nameOf(app);
    if (!team) {
      found.push({
        code: 'team/missing',
        subject,
        text: `There is no team ${app.team}, which the app is of.`,
      });
    } else if (app.subdomain !== `${app.name}.${team.zone}`) {
      const text = `The app’s host is ${app.subdomain}, which is not its name in the zone of its team.`;
      found.push({ code: 'app/host', subject, text });
    }
  }
  const used = new Set([...publishes.values()].map(({ platform }) => platform));
  for (const subject of used) {
    if (platforms.has(subject)) continue;
    found.push({
      code: 'platform/missing',
      subject,
      text: `There is no platform ${subject}, which has published.`,
    });
  }
  for (const platform of platforms.values()) {
    for (const team of platform.teams) {
      if (team === '*' || teams.has(team)) continue;
      const text = `The platform may publish for team ${team}, and there is none.`;
      found.push({ code: 'platform/team-missing', subject: platform.platformId, text });
    }
  }
  return found;
}

/** What is stored with an app that is not there: nobody would ever find it, or take it away. */
export async function checkBelongings(world: World, deps: Deps): Promise<Found[]> {
  const owners = new Map<AppId, string>([
    ...world.grants.map(({ appId }) => [appId, 'a grant'] as const),
    ...world.openQuestions.map(({ appId }) => [appId, 'an open question'] as const),
    ...[...world.releases.values()].flatMap((ofApp) =>
      [...ofApp.values()].map(({ appId }) => [appId, 'a release'] as const),
    ),
  ]);
  const found: Found[] = [];
  for (const [appId, what] of owners) {
    if (world.apps.has(appId) || (await orDamaged(deps.apps.find(appId)))) continue;
    const text = `There is ${what} of ${appId}, which is no app.`;
    found.push({ code: 'record/orphan', subject: appId, text });
  }
  return found;
}

/** Counters that have lost what they counted: the next publish would get a number that was given before. */
export async function checkSequences({ apps, publishes }: World, inspection: Inspection): Promise<Found[]> {
  const highest = new Map<string, number>();
  const note = (appId: string, seq: number) => highest.set(appId, Math.max(seq, highest.get(appId) ?? 0));
  for (const { appId, seq } of publishes.values()) note(appId, seq);
  for (const { appId, target, ready, releases } of apps.values()) {
    for (const one of [target, ready, ...releases]) if (one) note(appId, one.seq);
  }
  const found: Found[] = [];
  for (const [appId, seq] of highest) {
    const counted = await inspection.counter({ pk: `app#${appId}`, sk: 'sequence' });
    if (counted >= seq) continue;
    const app = apps.get(appId);
    const text = `The app has counted to ${counted}, and number ${seq} was given to a publish of it already.`;
    found.push({ code: 'app/sequence', subject: app ? nameOf(app) : appId, text });
  }
  return found;
}

/** Two machines, or one that was just set, are seldom farther apart. */
const SLACK_MS = 5 * MINUTE_MS;

/** Records written later than now: the clock went back, and everything that is due waits for it to catch up. */
export function checkClock({ apps, publishes }: World, { clock }: Deps): Found[] {
  const latest = [
    ...[...apps.values()].map((app) => ({ at: app.stateSince, subject: nameOf(app) })),
    ...[...publishes.values()].map((one) => ({ at: one.endedAt ?? one.acceptedAt, subject: nameOf(one) })),
  ].reduce((a, b) => (b.at > a.at ? b : a), { at: '', subject: '' });
  const now = instant(clock.now());
  if (latest.at <= instant(clock.now() + SLACK_MS)) return [];
  const text = `The newest record was written at ${latest.at}, and it is ${now} now: the clock went back.`;
  return [{ code: 'clock/behind', subject: latest.subject, text }];
}
