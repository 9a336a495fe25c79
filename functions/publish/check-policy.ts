import { NotFound } from '../../shared/errors/errors.ts';
import { findingOf } from '../../shared/findings/catalogue.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import { instant } from '../../shared/ids/ids.ts';
import type { Violation } from '../../shared/policies/policies.ts';
import type { Publish } from '../../shared/publishes/publish.ts';
import { loadWork } from '../../shared/releases/work.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { type StageResult, stageStep } from '../../shared/runtime/step.ts';

/** Takes the policies' verdict over the facts, and says which way the publish goes. */
export const checkPolicy = stageStep('check-policy', async (publish, deps) => {
  const policies = await deps.policies();
  const verdict = policies.evaluate(await policyInput(publish, deps));
  const findings = verdict.violations.map(toFinding);
  const blocked = [...publish.findings, ...findings].some((f) => f.severity === 'block');
  if (blocked) {
    const own = findings.some((f) => f.severity === 'block');
    return { outcome: 'refused', status: own ? 'failed' : 'passed', findings };
  }
  return { ...wayOn(publish, verdict.approvals), findings };
});

/** Which approvals are asked for stands in the decision; here only whether. */
function wayOn(publish: Publish, approvals: string[]): StageResult {
  if (!publish.settings.dataClass) return { outcome: 'needs-answers' };
  if (publish.dryRun) return { outcome: 'checked', patch: { approvals } };
  if (approvals.length > 0) return { outcome: 'needs-approval', patch: { approvals } };
  return { outcome: 'passed', patch: { approvals }, skips: ['approval'] };
}

async function policyInput(publish: Publish, { blobs, teams, platforms, decisions, clock }: Deps) {
  const team = (await teams.find(publish.team))?.value;
  const platform = (await platforms.find(publish.platform))?.value;
  if (!team || !platform) throw new NotFound(`team ${publish.team} or platform ${publish.platform} is gone`);
  const { scan } = await loadWork(blobs, publish.publishId);
  if (!scan) throw new NotFound(`publish ${publish.publishId} was not scanned`);
  const granted = await decisions.grants(publish.appId, instant(clock.now()));
  return {
    app: { team: publish.team, name: publish.name, host: publish.host, ...publish.settings },
    team: { members: team.members, leads: team.leads, approvers: team.approvers },
    platform: { id: platform.platformId, teams: teamsOf(platform, publish.team) },
    grants: [...team.standingGrants, ...granted],
    facts: scan.facts,
  };
}

/** The teams a platform may publish for, by name: one for every team may publish for this one. */
const teamsOf = ({ teams }: { teams: string[] }, team: string): string[] =>
  teams.includes('*') ? [...teams, team] : teams;

/** A policy may only name codes people can look up; another is a defect of the policy, and throws. */
const toFinding = ({ code, severity, data }: Violation): Finding => ({ ...findingOf(code, data), severity });
