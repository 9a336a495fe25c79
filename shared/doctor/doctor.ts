import type { App } from '../apps/app.ts';
import { siteOf } from '../apps/converge.ts';
import { isOwnRelease } from '../apps/fencing.ts';
import { auditReport } from '../audit/report.ts';
import { MINUTE_MS } from '../clock/clock.ts';
import { isEmpty, type RecordSet } from '../dns/dns.ts';
import { ownerMarkName, planAppRecords } from '../dns/plan.ts';
import { sameSite } from '../hosting/hosting.ts';
import { instant } from '../ids/ids.ts';
import { dueRecords } from '../records/due.ts';
import { releasePrefix } from '../releases/releases.ts';
import { loadManifest } from '../releases/work.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Team } from '../teams/team.ts';

/** Something that does not agree with something else. */
export interface Problem {
  code: string;
  subject: string;
  text: string;
  fix: string;
}

export interface Examination {
  ok: boolean;
  checked: Record<string, number>;
  problems: Problem[];
}

/** Compares everything with everything: catalog, names, edge, DNS, certificates, files, audit, what is overdue. Changes nothing. */
export async function examine(deps: Deps): Promise<Examination> {
  const teams = await deps.teams.all();
  const apps = (await Promise.all(teams.map((team) => deps.apps.ofTeam(team.name)))).flat();
  const checked: Record<string, number> = { teams: teams.length, apps: apps.length };
  const problems: Problem[] = [];
  const checks = [checkNames, checkBindings, checkCertificates, checkFiles, checkAudit, checkDue];
  for (const check of checks) problems.push(...(await check({ apps, teams, checked }, deps)));
  for (const team of teams) problems.push(...(await checkZone(team, apps, checked, deps)));
  return { ok: problems.length === 0, checked, problems };
}

interface Subject {
  apps: App[];
  teams: Team[];
  checked: Record<string, number>;
}

const nameOf = (app: App): string => `${app.team}/${app.name}`;

async function checkNames({ apps, checked }: Subject, { names }: Deps): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const app of apps.filter((a) => a.state !== 'retired')) {
    const claim = (await names.find(app.team, app.name))?.value;
    if (claim?.appId === app.appId && claim.state !== 'tombstone') continue;
    problems.push({
      code: 'name/lost',
      subject: nameOf(app),
      text: 'The app does not hold the claim on its own name.',
      fix: 'Publish the app again under a free name, or ask who holds this one.',
    });
  }
  checked.names = apps.length;
  return problems;
}

async function checkBindings({ apps, checked }: Subject, { hosting }: Deps): Promise<Problem[]> {
  const bindings = await hosting.bindings();
  const byApp = new Map(bindings.map((binding) => [binding.app, binding]));
  const problems: Problem[] = [];
  for (const app of apps) {
    const binding = byApp.get(app.appId);
    byApp.delete(app.appId);
    if (!app.target) continue;
    if (!binding) {
      problems.push(
        problem('edge/missing', app, 'The catalog has a target for the app, and the edge does not know it.'),
      );
    } else if (app.settledGen === app.target.gen && !sameSite(binding.site, siteOf(app.target))) {
      const text = `The edge shows ${binding.site.release} and the catalog says ${app.target.release}.`;
      problems.push(problem('edge/differs', app, text));
    }
  }
  for (const [appId, binding] of byApp) {
    problems.push({
      code: 'edge/orphan',
      subject: binding.host,
      text: `The edge serves ${binding.host} for ${appId}, which the catalog does not know.`,
      fix: 'Find out what it was, then unbind it.',
    });
  }
  checked.bindings = bindings.length;
  return problems;
}

const problem = (code: string, app: App, text: string): Problem => ({
  code,
  subject: nameOf(app),
  text,
  fix: 'Roll the app back to its own release (`cottage rollback`), or publish it again.',
});

async function checkCertificates({ teams, checked }: Subject, { certificates }: Deps): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const team of teams) {
    const status = await certificates.status(team.certificateId).catch((error: unknown) => String(error));
    if (typeof status === 'object' && status.state === 'issued' && status.expiresAt > Date.now()) continue;
    problems.push({
      code: 'certificate/bad',
      subject: team.zone,
      text: `The team’s certificate is not good: ${typeof status === 'string' ? status : status.state}.`,
      fix: 'Restart Cottage: certificates are renewed at the start.',
    });
  }
  checked.certificates = teams.length;
  return problems;
}

async function checkFiles({ apps, checked }: Subject, deps: Deps): Promise<Problem[]> {
  const problems: Problem[] = [];
  let count = 0;
  for (const app of apps) {
    const releases = new Set([app.target?.release, app.live?.release].filter((r) => r && !isOwnRelease(r)));
    for (const release of releases) {
      if (!release) continue;
      count += 1;
      const missing = await missingFile(app, release, deps);
      if (missing === undefined) continue;
      problems.push({
        code: 'release/incomplete',
        subject: nameOf(app),
        text: `Release ${release} lacks ${missing}.`,
        fix: 'Publish the app again, or roll back to another release.',
      });
    }
  }
  checked.releases = count;
  return problems;
}

/** A file of the release that is not there in its full size; undefined when it is whole. */
async function missingFile(
  app: App,
  release: NonNullable<App['live']>['release'],
  deps: Deps,
): Promise<string | undefined> {
  const record = (await deps.releases.find(app.appId, release))?.value;
  if (record?.state !== 'stored') return 'its record';
  const manifest = await loadManifest(deps.blobs, app.appId, release);
  if (!manifest) return 'its list of files';
  const prefix = releasePrefix(app.appId, release);
  const sizes = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = await deps.blobs.list(prefix, cursor);
    for (const blob of page.blobs) sizes.set(blob.key.slice(prefix.length), blob.sizeBytes);
    cursor = page.next;
  } while (cursor !== undefined);
  return manifest.files.find((file) => sizes.get(file.path) !== file.sizeBytes)?.path;
}

async function checkZone(
  team: Team,
  apps: App[],
  checked: Record<string, number>,
  deps: Deps,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const records = await deps.dns.records(team.zone).catch(() => undefined);
  if (!records) {
    const text = `There is no zone ${team.zone}.`;
    return [{ code: 'dns/zone-missing', subject: team.zone, text, fix: 'Restore the latest backup.' }];
  }
  checked.records = (checked.records ?? 0) + records.length;
  const mine = apps.filter((app) => app.team === team.name && app.dnsHost);
  for (const app of mine) {
    const wanted = { appId: app.appId, host: app.subdomain, zone: team.zone, endpoint: team.hostingEndpoint };
    if (isPlanned(wanted, records)) continue;
    problems.push(problem('dns/differs', app, `The records of ${app.subdomain} are not as they should be.`));
  }
  const known = new Set(mine.map((app) => ownerMarkName(app.subdomain)));
  for (const mark of records.filter((set) => set.name.startsWith('_cottage.') && !known.has(set.name))) {
    const text = `${mark.name} carries our mark, and the catalog does not know its app.`;
    problems.push({
      code: 'dns/orphan',
      subject: mark.name,
      text,
      fix: 'Find out what it was, then remove its records.',
    });
  }
  return problems;
}

/** Would applying the plan change nothing? What is not ours would be refused, which is a difference too. */
function isPlanned(wanted: Parameters<typeof planAppRecords>[0], records: RecordSet[]): boolean {
  try {
    return isEmpty(planAppRecords(wanted, records));
  } catch {
    return false;
  }
}

async function checkAudit({ checked }: Subject, deps: Deps): Promise<Problem[]> {
  const report = await auditReport(deps);
  checked.auditEntries = report.entries;
  return report.faults.map(({ subject, seq, fault }) => ({
    code: `audit/${fault}`,
    subject,
    text: `Entry ${seq} of its audit trail is ${fault}.`,
    fix: 'Compare with the latest backup: somebody changed history.',
  }));
}

/** Longer than the sweep's minute: what is still due then is stuck. */
const OVERDUE_MS = 10 * MINUTE_MS;

async function checkDue({ checked }: Subject, { store, clock }: Deps): Promise<Problem[]> {
  const problems: Problem[] = [];
  for await (const record of dueRecords(store, instant(clock.now() - OVERDUE_MS))) {
    problems.push({
      code: 'due/overdue',
      subject: record.key.pk,
      text: `It has been due since ${record.index?.due?.sk.slice(0, 24)}.`,
      fix: 'Look for it in the log: something keeps it from being done.',
    });
  }
  checked.overdue = problems.length;
  return problems;
}
