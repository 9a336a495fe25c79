import type { App } from '../apps/app.ts';
import { creationOf } from '../apps/creation.ts';
import { defaultSettings, mergeSettings } from '../apps/merge-settings.ts';
import type { AppSettings } from '../apps/settings.ts';
import { hostOf } from '../downloads/download-url.ts';
import { Busy, Conflict } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { AppId, derivedId, instant, PublishId, sha256 } from '../ids/ids.ts';
import { isOver } from '../names/claims.ts';
import { fqdn, isLabel } from '../names/labels.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Operation } from '../records/record-store.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Team } from '../teams/team.ts';
import { appAt, checkTeam } from './admission.ts';
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
  const { apps, publishes, names, teams, effects, clock, signer, settings } = deps;
  const { platform, body } = request;
  const readTeam = await checkTeam(request, deps);
  const { value: team } = readTeam;
  // Nobody holds what is no name; what is wrong with it is said further down.
  const claim = isLabel(body.app.name) ? await names.find(team.name, body.app.name) : undefined;
  const now = instant(clock.now());
  const held = claim && !isOver(claim.value, now) ? claim : undefined;
  const app = await appAt(held?.value.appId, request, team, deps);
  const artifact = await pinArtifact(publishId, body.artifact, platform, deps);
  // The same for every delivery of this publish: what counts for an app that never came to be counts on for it.
  const appId = app?.value.appId ?? AppId.parse(derivedId('a', publishId));
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
  // Whoever retires the app, or removes the team, meanwhile goes first: then nothing is accepted any more.
  if (app && claim) operations.push(names.unchanged(claim));
  if (!app) operations.push(teams.unchanged(readTeam));
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
