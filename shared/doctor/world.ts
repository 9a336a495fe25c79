import type { App } from '../apps/app.ts';
import { AppType } from '../apps/apps.ts';
import { AuditType } from '../audit/audit.ts';
import { IssuedHeadType } from '../audit/issued-heads.ts';
import type { Decision, Grant, OpenQuestion } from '../decisions/decision.ts';
import { DecisionType, GrantType, OpenQuestionType } from '../decisions/decisions.ts';
import { type Effect, EffectType } from '../effects/effect.ts';
import { TicketType } from '../hosting/tickets.ts';
import { SentMailType } from '../mail/sent-record.ts';
import type { NameClaim } from '../names/claim.ts';
import { ClaimType } from '../names/claims.ts';
import type { Platform } from '../platforms/platform.ts';
import { PlatformType } from '../platforms/platforms.ts';
import type { Publish } from '../publishes/publish.ts';
import { PublishType } from '../publishes/publishes.ts';
import type { IndexKeys, Key, StoredRecord } from '../records/record-store.ts';
import type { RecordType } from '../records/record-type.ts';
import type { Release } from '../releases/release.ts';
import { ReleaseType } from '../releases/releases.ts';
import { breather } from '../runtime/breather.ts';
import type { Team } from '../teams/team.ts';
import { TeamType } from '../teams/teams.ts';
import type { Upload } from '../uploads/upload.ts';
import { UploadType } from '../uploads/uploads.ts';
import type { Inspection } from './inspection.ts';
import type { Found } from './problems.ts';

/** A publish, less what only its page shows: there are many more of them than of anything else. */
export type KnownPublish = Pick<
  Publish,
  | 'publishId'
  | 'appId'
  | 'seq'
  | 'attempt'
  | 'platform'
  | 'team'
  | 'name'
  | 'dryRun'
  | 'artifact'
  | 'status'
  | 'decisionId'
  | 'acceptedAt'
  | 'endedAt'
  | 'nextAction'
>;
export type KnownRelease = Pick<
  Release,
  'appId' | 'release' | 'state' | 'usedBy' | 'hookVersion' | 'sizeBytes' | 'createdAt'
>;

/** Everything that is stored, as one look found it. A look takes time: what was written meanwhile may be half in it. */
export interface World {
  /** Without those that were removed. */
  teams: Map<string, Team>;
  formerTeams: Set<string>;
  platforms: Map<string, Platform>;
  apps: Map<string, App>;
  claims: NameClaim[];
  publishes: Map<string, KnownPublish>;
  decisions: Map<string, Decision>;
  openQuestions: OpenQuestion[];
  releases: Map<string, Map<string, KnownRelease>>;
  uploads: Map<string, Upload>;
  grants: Grant[];
  effects: Effect[];
  records: number;
}

interface Kind {
  pk: string;
  sk: string | RegExp;
  // What is stored of each kind differs; what is done with it here does not.
  type: { schema: RecordType<unknown>['schema']; key(value: never): Key; index?(value: never): IndexKeys };
  keep?(world: World, value: never): void;
}

/** How a record is known by its key, and what the doctor keeps of it. */
export const KINDS: readonly Kind[] = [
  { pk: 'audit#', sk: /^\d{10}$/, type: AuditType },
  { pk: 'audit-head#', sk: 'head', type: IssuedHeadType },
  { pk: 'app#', sk: 'app', type: AppType, keep: (w, app: App) => w.apps.set(app.appId, app) },
  { pk: 'app#', sk: /^release#/, type: ReleaseType, keep: keepRelease },
  { pk: 'app#', sk: /^grant#/, type: GrantType, keep: (w, grant: Grant) => w.grants.push(grant) },
  {
    pk: 'app#',
    sk: /^open#/,
    type: OpenQuestionType,
    keep: (w, open: OpenQuestion) => w.openQuestions.push(open),
  },
  { pk: 'name#', sk: 'claim', type: ClaimType, keep: (w, claim: NameClaim) => w.claims.push(claim) },
  { pk: 'team#', sk: 'team', type: TeamType, keep: keepTeam },
  {
    pk: 'platform#',
    sk: 'platform',
    type: PlatformType,
    keep: (w, platform: Platform) => w.platforms.set(platform.platformId, platform),
  },
  { pk: 'mail#', sk: 'sent', type: SentMailType },
  { pk: 'publish#', sk: 'publish', type: PublishType, keep: keepPublish },
  {
    pk: 'decision#',
    sk: 'decision',
    type: DecisionType,
    keep: (w, decision: Decision) => w.decisions.set(decision.decisionId, decision),
  },
  { pk: 'effect#', sk: 'effect', type: EffectType, keep: (w, effect: Effect) => w.effects.push(effect) },
  {
    pk: 'upload#',
    sk: 'upload',
    type: UploadType,
    keep: (w, upload: Upload) => w.uploads.set(upload.uploadId, upload),
  },
  { pk: 'ticket#', sk: 'ticket', type: TicketType },
] as const;

/** Reads all that is stored, and says which records are not what they should be. */
export async function readWorld(inspection: Inspection): Promise<{ world: World; found: Found[] }> {
  const world: World = {
    teams: new Map(),
    formerTeams: new Set(),
    platforms: new Map(),
    apps: new Map(),
    claims: [],
    publishes: new Map(),
    decisions: new Map(),
    openQuestions: [],
    releases: new Map(),
    uploads: new Map(),
    grants: [],
    effects: [],
    records: 0,
  };
  const found: Found[] = [];
  const breathe = breather();
  for await (const record of inspection.records()) {
    await breathe();
    world.records += 1;
    const problem = 'damaged' in record ? 'is no JSON' : undefined;
    if (problem !== undefined) found.push(damaged(record.key, problem));
    else found.push(...readRecord(record as StoredRecord, world));
  }
  return { world, found };
}

const spell = ({ pk, sk }: Key): string => `${pk}/${sk}`;

const damaged = (key: Key, how: string): Found => ({
  code: 'record/damaged',
  subject: spell(key),
  text: `What is stored as ${spell(key)} ${how}.`,
});

function readRecord({ key, data, index = {} }: StoredRecord, world: World): Found[] {
  const subject = spell(key);
  const kind = KINDS.find(
    ({ pk, sk }) => key.pk.startsWith(pk) && (typeof sk === 'string' ? key.sk === sk : sk.test(key.sk)),
  );
  if (!kind) {
    return [
      {
        code: 'record/unknown',
        subject,
        text: `Cottage knows no kind of record that is stored as ${subject}.`,
      },
    ];
  }
  const parsed = kind.type.schema.safeParse(data);
  // A damaged entry of the audit trail is told by the audit, which knows what it means.
  if (!parsed.success) return kind.pk === 'audit#' ? [] : [damaged(key, 'does not fit its schema')];
  const value = parsed.data as never;
  const ownKey = kind.type.key(value);
  if (spell(ownKey) !== subject) {
    if (kind.pk === 'audit#') return [];
    return [
      {
        code: 'record/misplaced',
        subject,
        text: `What is stored as ${subject} says that it is ${spell(ownKey)}.`,
      },
    ];
  }
  kind.keep?.(world, value);
  const expected = kind.type.index?.(value) ?? {};
  if (canonical(expected) === canonical(index)) return [];
  // Entries from before streams were indexed are in none.
  if (kind.pk === 'audit#' && Object.keys(index).length === 0) return [];
  const text = `What is stored as ${subject} is listed as ${canonical(index)} and not as ${canonical(expected)}.`;
  return [{ code: 'record/index', subject, text }];
}

function canonical(index: IndexKeys): string {
  const rows = Object.entries(index).map(([name, { pk, sk }]) => `${name}: ${pk}/${sk}`);
  return rows.length === 0 ? 'nothing' : rows.toSorted().join(', ');
}

function keepTeam(world: World, team: Team): void {
  if (team.state === 'removed') world.formerTeams.add(team.name);
  else world.teams.set(team.name, team);
}

function keepRelease(world: World, release: Release): void {
  const { appId, release: id, state, usedBy, hookVersion, sizeBytes, createdAt } = release;
  const ofApp = world.releases.get(appId) ?? new Map<string, KnownRelease>();
  ofApp.set(id, { appId, release: id, state, usedBy, hookVersion, sizeBytes, createdAt });
  world.releases.set(appId, ofApp);
}

function keepPublish(world: World, publish: Publish): void {
  const { publishId, appId, seq, attempt, platform, team, name, dryRun, artifact, status } = publish;
  const { decisionId, acceptedAt, endedAt, nextAction } = publish;
  world.publishes.set(publishId, {
    publishId,
    appId,
    seq,
    attempt,
    platform,
    team,
    name,
    dryRun,
    artifact,
    status,
    acceptedAt,
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(nextAction === undefined ? {} : { nextAction }),
  });
}

export const nameOf = ({ team, name }: Pick<App, 'team' | 'name'>): string => `${team}/${name}`;
