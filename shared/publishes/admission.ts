import { type App, isRetiring } from '../apps/app.ts';
import { NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { finding, findingOf } from '../findings/catalogue.ts';
import { type AppId, instant } from '../ids/ids.ts';
import { checkName } from '../names/name.ts';
import { suggestNames } from '../names/suggestions.ts';
import type { Versioned } from '../records/record-type.ts';
import type { Deps } from '../runtime/deps.ts';
import { knowsOwner, type Team } from '../teams/team.ts';
import type { PublishRequest } from './accept.ts';

/** The team, if there is one by that name, this platform may publish for it, and it knows the owner. */
export async function checkTeam(
  { platform, body }: PublishRequest,
  { teams }: Deps,
): Promise<Versioned<Team>> {
  const allowed = platform.teams.includes(body.app.team) || platform.teams.includes('*');
  if (!allowed) {
    throw refuse(
      'platform/team-not-allowed',
      `Platform ${platform.platformId} may not publish for this team.`,
      {
        findings: [finding('policy/platform-not-allowed', { platform: platform.title, team: body.app.team })],
      },
    );
  }
  const read = /^[a-z0-9-]{1,63}$/.test(body.app.team) ? await teams.find(body.app.team) : undefined;
  if (!read) throw refuse('team/unknown', 'There is no team by that name.');
  const team = read.value;
  if (team.state !== 'ready') throw refuse('team/not-ready', notReady(team));
  if (!knowsOwner(team, body.app.owner)) {
    throw refuse('owner/unknown', `Team ${team.name} does not know ${body.app.owner}.`, {
      findings: [finding('policy/owner-unknown', { owner: body.app.owner, team: team.title })],
    });
  }
  return read;
}

const notReady = ({ name, state }: Team): string =>
  state === 'adding'
    ? `Team ${name} is still being added. Publish again in some minutes; your files were not taken.`
    : `Team ${name} is being removed, and takes no apps any more. Publish for another team.`;

/** At most so many names may wait for a first publish that works. */
const MAX_DRAFTS = 5;

/**
 * The app that has the name already, or undefined for a new one whose name and owner are fine. A retired name is kept
 * for those it belonged to: they may have it again, as a new app.
 */
export async function appAt(
  holder: AppId | undefined,
  request: PublishRequest,
  team: Team,
  deps: Deps,
): Promise<Versioned<App> | undefined> {
  const { body, platform } = request;
  const { name, owner } = body.app;
  const app = holder && (await deps.apps.find(holder));
  if (holder && !app) throw new NotFound(`the name ${name} is claimed by ${holder}, which is not there`);
  const belongs = app && [app.value.owner, ...app.value.coOwners].includes(owner);
  const { state } = app ? app.value : {};
  if (!app || (state === 'retired' && belongs)) {
    await checkNewApp(request, team, deps);
    return undefined;
  }
  // The same tool may say another owner for an app it published: the owner stays, and a finding says so. Anybody else
  // who asks for the name means another app.
  const sameTool = app.value.createdBy === `platform:${platform.platformId}`;
  if (state === 'retired' || (!belongs && (state === 'draft' || !sameTool))) {
    const fresh = { team: team.name, name, baseDomain: deps.settings.baseDomain };
    const now = instant(deps.clock.now());
    const suggestions = await suggestNames(fresh, (free) => deps.names.isFree(team.name, free, now));
    throw refuse('name/taken', `The name ${name} is taken.`, {
      suggestions,
      findings: [finding('name/taken', { name, suggestions })],
    });
  }
  if (isRetiring(app.value)) {
    throw refuse(
      'app/retiring',
      `${app.value.title} is being retired. Once it is, the name is free for you again.`,
    );
  }
  return app;
}

/** @throws RequestRefused when the name, the owner or the team does not allow another app */
async function checkNewApp({ body }: PublishRequest, team: Team, deps: Deps): Promise<void> {
  const { name, owner } = body.app;
  const ofTeam = (await deps.apps.ofTeam(team.name)).filter(({ state }) => state !== 'retired');
  const existing = ofTeam.map((app) => app.name);
  const fault = checkName({ team: team.name, name, baseDomain: deps.settings.baseDomain, existing });
  if (fault) {
    const found = findingOf(fault.code, fault.data);
    throw refuse(fault.code, `${found.title}. ${found.fix}`, { findings: [found] });
  }
  const drafts = (await deps.apps.ofOwner(owner)).filter((app) => app.state === 'draft');
  if (drafts.length >= MAX_DRAFTS && !body.dryRun) {
    throw refuse(
      'owner/too-many-drafts',
      `${owner} has ${drafts.length} apps that never went live. Finish one first.`,
    );
  }
  if (ofTeam.length >= team.maxApps) {
    throw refuse(
      'team/full',
      `Team ${team.name} has ${ofTeam.length} apps, which is as many as it may have.`,
    );
  }
}
