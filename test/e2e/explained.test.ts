import { describe, expect, test } from 'vitest';
import { parseDefinition } from '../../local/runner/definition.ts';
import { Busy, QuotaReached } from '../../shared/errors/errors.ts';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import type { WorkflowName } from '../../shared/workflow/engine.ts';
import { loadWorkflow, localFunctionNames, workflowText } from '../../workflows/index.ts';
import { around, type PortCall } from '../builders/around.ts';
import { PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { ValidatingCertificates } from '../builders/validating-certificates.ts';
import { toSfnEvents } from '../fakes/step-functions-history.ts';

/** What GetExecutionHistory answers for an execution that our runner ran: the whole of what a reader gets. */
async function historyOf({ deps }: TestCottage, workflow: WorkflowName, name: string): Promise<string> {
  const text = loadWorkflow(workflow, localFunctionNames(workflowText(workflow)));
  const { history } = await deps.engine.describe(workflow, name);
  return JSON.stringify({ events: toSfnEvents(history, parseDefinition(text).states) });
}

/** A reader who has nothing but that answer: the words in the output of "Explain", and how the execution ended. */
function read(json: string) {
  const { events } = JSON.parse(json) as { events: Record<string, Record<string, string>>[] };
  const exit = events.find((event) => event['stateExitedEventDetails']?.['name'] === 'Explain');
  const output = JSON.parse(exit?.['stateExitedEventDetails']?.['output'] ?? '{}') as {
    explain?: { summary?: string };
  };
  const failure = events.at(-1)?.['executionFailedEventDetails'];
  return {
    summary: output.explain?.summary ?? '',
    failure: failure && { error: failure['error'], cause: failure['cause'] },
    ended: events.at(-1)?.['type'],
  };
}

const site = (text = 'Soup') => ({ 'index.html': PAGE.replace('Soup', text) });
const isolated = { tier: 'isolated', dataClass: 'regulated', visibility: 'company' };

type Hit = (call: PortCall) => boolean;

/** A port that answers some calls with an error. */
const failing = <T extends object>(port: T, isHit: Hit, error: () => Error): T =>
  around(port, (call) => (isHit(call) ? Promise.reject(error()) : call.go()));

const to =
  (verb: string): Hit =>
  (call) =>
    call.verb === verb;

const isManifest: Hit = ({ verb, args }) => verb === 'put' && String(args[0]).startsWith('manifests/');

const publishes = (cottage: TestCottage, { publishId }: Published) =>
  historyOf(cottage, 'publish', `${publishId}-1`);

async function answer(cottage: TestCottage, { decision }: Published, option: string) {
  const token = await new LocalIdentity(cottage.deps.signer).issue({
    email: 'bea@example.com',
    roles: ['admin'],
  });
  await fetch(`${cottage.api}/v1/decisions/${decision?.decisionId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ option }),
  });
  await cottage.cottage.runner.idle();
}

const start = (replace: NonNullable<Parameters<typeof startTestCottage>[0]>['replace'] = {}) =>
  startTestCottage({ config: { virtualClock: true }, replace });

interface Story {
  title: string;
  /** Runs into it, and answers the history. */
  run: () => Promise<string>;
  /** App or team, person, cause, code and next step: each to be found in the words. */
  found: string[];
  /** The error that the execution failed with; none where it is an answer and no failure. */
  fails?: string;
}

const STORIES: Story[] = [
  {
    title: 'a secret in the site',
    run: async () => {
      const cottage = await start();
      const key = ['AKIA', 'Z7QRS4TUVW2XYNBA'].join('');
      return publishes(cottage, await cottage.publish({ ...site(), 'app.js': `const key = "${key}";` }));
    },
    found: ['demo/lunch', 'ana@example.com', 'There is a secret in your site', 'scan/secret', 'Take it out'],
  },
  {
    title: 'an answer that is missing',
    run: async () => {
      const cottage = await start();
      return publishes(cottage, await cottage.publish(site(), { dataClass: undefined }));
    },
    found: ['demo/lunch', 'ana@example.com', 'what kind of data', 'publish/data-class-missing', 'choose one'],
  },
  {
    title: 'a disk that is busy for good while the release is written',
    run: async () => {
      const cottage = await start({
        blobs: (blobs) => failing(blobs, isManifest, () => new Busy('throttled')),
      });
      const published = await cottage.publish(site());
      await cottage.advance('10m');
      return publishes(cottage, published);
    },
    found: ['demo/lunch', 'ana@example.com', 'too busy', 'deploy', 'Busy', 'Press Publish again'],
    fails: 'Busy',
  },
  {
    title: 'an account that has no room for another app',
    run: async () => {
      const cottage = await start({
        hosting: (hosting) => failing(hosting, to('bind'), () => new QuotaReached('no more tenants')),
      });
      return publishes(cottage, await cottage.publish(site()));
    },
    found: ['demo/lunch', 'ana@example.com', 'limit', 'QuotaReached', 'an admin', 'higher quota'],
    fails: 'QuotaReached',
  },
  {
    title: 'a step that crashes',
    run: async () => {
      const cottage = await start({
        hosting: (hosting) => failing(hosting, to('bind'), () => new TypeError('no function')),
      });
      return publishes(cottage, await cottage.publish(site()));
    },
    found: ['demo/lunch', 'ana@example.com', 'unexpected', 'bind-name', 'TypeError', 'an admin', 'log'],
    fails: 'TypeError',
  },
  {
    title: 'an edge that never shows the release',
    run: async () => {
      const cottage = await start({
        hosting: (hosting) =>
          around(hosting, ({ verb, go }) => (verb === 'point' ? Promise.resolve() : go())),
      });
      const published = await cottage.publish(site());
      await cottage.advance('1h');
      return publishes(cottage, published);
    },
    found: ['demo/lunch', 'ana@example.com', 'publish/smoke-test', 'press Publish'],
    fails: 'NotConverged',
  },
  {
    title: 'an approver who says no',
    run: async () => {
      const cottage = await start();
      const asking = await cottage.publish(site(), isolated);
      await answer(cottage, asking, 'decline');
      return publishes(cottage, asking);
    },
    found: ['demo/lunch', 'ana@example.com', 'not approved', 'publish/declined', 'Ask bea@example.com'],
  },
  {
    title: 'somebody who cancels it',
    run: async () => {
      const cottage = await start();
      const asking = await cottage.publish(site(), isolated);
      await cottage.admin('POST', `/v1/publishes/${asking.publishId}/cancel`, {});
      await cottage.cottage.runner.idle();
      return publishes(cottage, asking);
    },
    found: [
      'demo/lunch',
      'ana@example.com',
      'admin@cottage.localhost stopped it',
      'Cancelled',
      'Press Publish',
    ],
  },
  {
    title: 'a newer publish that asks for the same approval',
    run: async () => {
      const cottage = await start();
      const asking = await cottage.publish(site(), isolated);
      await cottage.publish(site('Stew'), isolated);
      return publishes(cottage, asking);
    },
    found: ['demo/lunch', 'ana@example.com', 'newer publish', 'Superseded', 'nothing'],
  },
  {
    title: 'a team whose zone is not delegated',
    run: async () => {
      const cottage = await start({
        // It finds no record, whoever writes it where.
        certificates: (issuer) => new ValidatingCertificates(issuer, async () => undefined),
      });
      await cottage.admin('POST', '/v1/teams', { name: 'finance' });
      await cottage.advance('4d');
      return historyOf(cottage, 'add-team', 'finance-1');
    },
    found: [
      'Team finance',
      'admin@cottage.localhost',
      'not delegated',
      'CertificatePending',
      'dig NS finance.apps.localhost',
      'cottage team add finance',
    ],
    fails: 'CertificatePending',
  },
  {
    title: 'an edge that does not let go of an app',
    run: async () => {
      const cottage = await start({
        hosting: (hosting) => failing(hosting, to('unbind'), () => new Busy('not yet')),
      });
      await cottage.publish(site());
      const { appId } = await cottage.app();
      await cottage.act('retire');
      await cottage.advance('1h');
      return historyOf(cottage, 'remove-app', `${appId}-1`);
    },
    found: ['demo/lunch', 'admin@cottage.localhost', 'too busy', 'Busy', 'cottage retire demo/lunch'],
    fails: 'Busy',
  },
];

describe('given nothing but the history of an execution, a reader finds who, what, why and what next:', () => {
  test.each(STORIES)('$title', async ({ run, found, fails }) => {
    const { summary, failure, ended } = read(await run());
    for (const each of found) expect(summary).toContain(each);
    expect(summary.length).toBeLessThanOrEqual(300);
    expect(summary).toMatch(/\. Next(: | for (the owner|an admin): )\S/);
    // What broke is a failed execution, by that name and with the same words; an answer is none.
    expect(failure).toEqual(fails === undefined ? undefined : { error: fails, cause: summary });
    expect(ended).toBe(fails === undefined ? 'ExecutionSucceeded' : 'ExecutionFailed');
  });
});
