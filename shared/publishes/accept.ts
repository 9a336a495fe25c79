import type { App } from '../apps/app.ts';
import { creationOf } from '../apps/creation.ts';
import { defaultSettings, mergeSettings } from '../apps/merge-settings.ts';
import type { AppSettings } from '../apps/settings.ts';
import { hostOf } from '../downloads/download-url.ts';
import { Busy, Conflict, NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { finding, findingOf } from '../findings/catalogue.ts';
import { AppId, derivedId, instant, PublishId, randomId, sha256 } from '../ids/ids.ts';
import { isOver } from '../names/claims.ts';
import { fqdn, isLabel } from '../names/labels.ts';
import { checkName } from '../names/name.ts';
import { suggestNames } from '../names/suggestions.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Operation } from '../records/record-store.ts';
import type { Versioned } from '../records/record-type.ts';
import type { Deps } from '../runtime/deps.ts';
import { knowsOwner, type Team } from '../teams/team.ts';
import { removeLeftovers } from './leftovers.ts';
import { type NamedArtifact, pinArtifact } from './pin-artifact.ts';
import { executionName, freshStages, isEnded, isPinned, type Publish } from './publish.ts';
import { statusToken, statusUrl } from './status-link.ts';

/** A publish request as it came through the webhook: signed, parsed, not yet trusted. */
export interface PublishRequest {
  platform: Platform;
  webhookId: string;
  rawBody: Buffer;
  body: {
    app: { team: string; name: string; title: string; owner: string } & Partial<AppSettings>;
    artifact: NamedArtifact;
    dryRun?: boolean | undefined;
  };
}

export interface Accepted {
  replay: boolean;
  answer: Publish['firstAnswer'];
}

const TRIES = 5;

/** The publish that a webhook stands for, however often it is delivered. */
export const publishIdOf = (platformId: string, webhookId: string): PublishId =>
  PublishId.parse(derivedId('p', platformId, webhookId));

/**
 * Accepts a publish: name claimed, bytes pinned, sequence drawn, and the workflow started, or nothing. The publish's id
 * is derived from the platform and the webhook's id, so that a redelivery finds the first one.
 * @throws RequestRefused with the reason; Busy when the workflow could not be started yet (it will be).
 */
export async function acceptPublish(request: PublishRequest, deps: Deps): Promise<Accepted> {
  const publishId = publishIdOf(request.platform.platformId, request.webhookId);
  for (let attempt = 1; ; attempt += 1) {
    const replay = await answeredBefore(publishId, request, deps);
    if (replay) return replay;
    try {
      return await accept(publishId, request, deps);
    } catch (error) {
      // Somebody claimed the name, or a twin of this request was quicker: look again.
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
    }
  }
}

async function answeredBefore(
  publishId: PublishId,
  request: PublishRequest,
  deps: Deps,
): Promise<Accepted | undefined> {
  const known = (await deps.publishes.find(publishId))?.value;
  if (!known) return undefined;
  if (known.bodySha256 !== sha256(request.rawBody)) {
    throw refuse(
      'publish/id-reused',
      'This webhook-id came before with another body. Use a new id for a new publish.',
    );
  }
  if (known.status === 'accepted') await startExecution(known, deps);
  // A twin that was slower may have put the archive there again after the publish had ended.
  if (isEnded(known.status)) await removeLeftovers(known, deps.blobs);
  return { replay: true, answer: known.firstAnswer };
}

async function accept(publishId: PublishId, request: PublishRequest, deps: Deps): Promise<Accepted> {
  const { apps, publishes, names, effects, clock, signer, settings } = deps;
  const { platform, body } = request;
  const team = await checkTeam(request, deps);
  // Nobody holds what is no name; what is wrong with it is said further down.
  const claim = isLabel(body.app.name) ? await names.find(team.name, body.app.name) : undefined;
  const now = instant(clock.now());
  const held = claim && !isOver(claim.value, now) ? claim : undefined;
  const app = await appAt(held?.value.appId, request, team, deps);
  const artifact = await pinArtifact(publishId, body.artifact, platform, deps);
  const appId = app?.value.appId ?? AppId.parse(randomId('a'));
  const seq = await apps.nextSequence(appId);
  const merged = mergeSettings(app?.value, baseSettings(body.app, app?.value, team), body.app);
  const firstAnswer: Publish['firstAnswer'] = {
    publishId,
    status: 'accepted',
    statusUrl: statusUrl(settings.publicUrl, publishId, await statusToken(publishId, signer)),
  };
  const publish: Publish = {
    publishId,
    appId,
    seq,
    attempt: 1,
    platform: platform.platformId,
    team: team.name,
    name: body.app.name,
    host: fqdn(body.app.name, team.name, settings.baseDomain),
    dryRun: body.dryRun ?? false,
    artifact,
    firstAnswer,
    requested: requestedSettings(body.app),
    settings: merged.settings,
    bodySha256: sha256(request.rawBody),
    status: 'accepted',
    stages: freshStages(),
    findings: [],
    approvals: [],
    acceptedAt: now,
    ...(app?.value.live ? { previousRelease: app.value.live.release } : {}),
    auditSeq: 0,
    auditHash: '',
  };
  const by = `platform:${platform.platformId}`;
  const operations: Operation[] = publishes.changing(undefined, publish, now, {
    action: 'accepted',
    by,
    detail: {
      sha256: artifact.sha256,
      ...(isPinned(artifact) ? {} : { from: hostOf(new URL(artifact.url)) }),
    },
  });
  if (!app && !publish.dryRun) {
    operations.push(
      ...apps.changing(undefined, creationOf(publish, team, now), now, { action: 'created', by }),
    );
    const { team: ofTeam, name } = publish;
    operations.push(
      names.changing(claim, { team: ofTeam, name, state: 'claimed', appId, claimedBy: body.app.owner }),
    );
  }
  const started = await effects.commit({
    // Twins of a first publish draw the same sequence for different apps: the app tells them apart.
    opId: `${publishId}/accept/${appId}/${seq}`,
    operations,
    effects: [startEffect(publish)],
  });
  if (!started) throw new Busy(`the execution of ${publishId} has not started yet`);
  return { replay: false, answer: firstAnswer };
}

const startEffect = (publish: Publish) => ({
  kind: 'start-workflow' as const,
  workflow: 'publish' as const,
  name: executionName(publish),
  input: { publishId: publish.publishId, appId: publish.appId, sequence: publish.seq },
});

/** A redelivery of a publish whose execution never started starts it: 202 was never said. */
async function startExecution(publish: Publish, { engine }: Deps): Promise<void> {
  const { workflow, name, input } = startEffect(publish);
  await engine.start(workflow, name, input).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
  });
}

/** The team, if there is one by that name, this platform may publish for it, and it knows the owner. */
async function checkTeam({ platform, body }: PublishRequest, { teams }: Deps): Promise<Team> {
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
  const team = /^[a-z0-9-]{1,63}$/.test(body.app.team) ? (await teams.find(body.app.team))?.value : undefined;
  if (!team) throw refuse('team/unknown', 'There is no team by that name.');
  if (!knowsOwner(team, body.app.owner)) {
    throw refuse('owner/unknown', `Team ${team.name} does not know ${body.app.owner}.`, {
      findings: [finding('policy/owner-unknown', { owner: body.app.owner, team: team.title })],
    });
  }
  return team;
}

/** At most so many names may wait for a first publish that works. */
const MAX_DRAFTS = 5;

/** The app that has the name already, or undefined for a new one whose name and owner are fine. */
async function appAt(
  holder: AppId | undefined,
  { body, platform }: PublishRequest,
  team: Team,
  deps: Deps,
): Promise<Versioned<App> | undefined> {
  const { name, owner } = body.app;
  const fresh = { team: team.name, name, baseDomain: deps.settings.baseDomain };
  const ofTeam = holder ? [] : (await deps.apps.ofTeam(team.name)).map((a) => a.name);
  if (!holder) {
    const fault = checkName({ ...fresh, existing: ofTeam });
    if (fault) {
      const found = findingOf(fault.code, fault.data);
      throw refuse(fault.code, `${found.title}. ${found.fix}`, { findings: [found] });
    }
    const drafts = (await deps.apps.ofOwner(owner)).filter((a) => a.state === 'draft');
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
    return undefined;
  }
  const app = await deps.apps.find(holder);
  if (!app) throw new NotFound(`the name ${name} is claimed by ${holder}, which is not there`);
  // The same tool may say another owner for an app it published: the owner stays, and a finding says so. Anybody else
  // who asks for the name means another app.
  const belongs = [app.value.owner, ...app.value.coOwners].includes(owner);
  const sameTool = app.value.createdBy === `platform:${platform.platformId}`;
  if (app.value.state === 'retired' || (!belongs && (app.value.state === 'draft' || !sameTool))) {
    const now = instant(deps.clock.now());
    const suggestions = await suggestNames(fresh, (free) => deps.names.isFree(team.name, free, now));
    throw refuse('name/taken', `The name ${name} is taken.`, {
      suggestions,
      findings: [finding('name/taken', { name, suggestions })],
    });
  }
  return app;
}

/** What is stored, or the defaults for a new app. */
function baseSettings(app: PublishRequest['body']['app'], stored: App | undefined, team: Team): AppSettings {
  if (!stored) return { ...defaultSettings(team.costCenter), title: app.title, owner: app.owner };
  const {
    title,
    owner,
    coOwners,
    dataClass,
    visibility,
    tier,
    costCenter,
    expiresInDays,
    integrations,
    spa,
  } = stored;
  const known = { title, owner, coOwners, visibility, tier, costCenter, expiresInDays, integrations, spa };
  return dataClass ? { ...known, dataClass } : known;
}

function requestedSettings({ team: _team, name: _name, ...settings }: PublishRequest['body']['app']) {
  return settings;
}
