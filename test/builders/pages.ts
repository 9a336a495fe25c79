import type { SentMail } from '../../functions/api/pages/mailbox-page.ts';
import type { PublishView } from '../../functions/api/status-view.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import type { AppId, DecisionId, PublishId } from '../../shared/ids/ids.ts';
import { STAGES, type StageName } from '../../shared/publishes/publish.ts';

type Stage = PublishView['stages'][number];
type StageStatus = Stage['status'];

/** All stages: these statuses for the first ones, and one for all the rest. */
export function stagesOf(first: StageStatus[], rest: StageStatus): Stage[] {
  return STAGES.map((name, i) => stage(name, first[i] ?? rest));
}

function stage(name: StageName, status: StageStatus): Stage {
  const startedAt = '2026-03-02T09:00:00.000Z';
  const endedAt = name === 'scan' ? '2026-03-02T09:00:00.240Z' : '2026-03-02T09:00:00.010Z';
  return status === 'passed' || status === 'failed' ? { name, status, startedAt, endedAt } : { name, status };
}

/** A publish of the app "Lunch" that is under way, or what else is said of it. */
export function publishView(different: Partial<PublishView> = {}): PublishView {
  return {
    publishId: 'p_abcdefghijklmnopqrstuvwxyz' as PublishId,
    status: 'running',
    attempt: 1,
    dryRun: false,
    app: {
      appId: 'app_abcdefghijklmnopqrstuvwxyz' as AppId,
      team: 'finance',
      name: 'lunch',
      title: 'Lunch',
      host: 'lunch.finance.apps.example.com',
    },
    release: null,
    url: null,
    stages: stagesOf(['passed', 'passed', 'running'], 'pending'),
    findings: [],
    questions: [],
    summary: null,
    changes: null,
    decision: null,
    timing: { acceptedAt: '2026-03-02T09:00:00.000Z', endedAt: null, durationMs: null },
    ...different,
  };
}

const ended = {
  acceptedAt: '2026-03-02T09:00:00.000Z',
  endedAt: '2026-03-02T09:00:00.310Z',
  durationMs: 310,
};
const secret = finding(
  'scan/secret',
  { kind: 'a key of a mail service', masked: 'SG.x…' },
  { file: 'js/send-mail.js', line: 12, column: 18 },
);
const indexMissing = finding('artifact/index-missing', { found: ['home.html', 'menu.html'] });
const titleMissing = finding('policy/title-missing', { name: 'lunch' });
const hookAdded = finding('artifact/hook-added', { files: '3' });
const pinned = finding('publish/pinned', { by: 'ana@example.com' });
const declined = finding('publish/declined', { by: 'ana@example.com' });
const notOpening = finding('publish/smoke-test', { what: 'the picture logo.png did not load' });
const classMissing = finding('publish/data-class-missing', {});
const allPassed = { stages: stagesOf([], 'passed'), timing: ended };
const checksPassed: StageStatus[] = ['passed', 'passed', 'passed', 'passed'];

/** One publish for each way a publish can stand, as its page is shown it. */
export const VIEWS = {
  accepted: publishView({ status: 'accepted', stages: stagesOf([], 'pending') }),
  running: publishView(),
  'trying out': publishView({ dryRun: true }),
  'awaiting approval': publishView({
    status: 'awaiting-approval',
    stages: stagesOf([...checksPassed, 'running'], 'pending'),
    decision: {
      decisionId: 'd_abcdefghijklmnopqrstuvwxyz' as DecisionId,
      subject: 'public,tier:edge',
      askedOf: ['ana@example.com', 'ben@example.com'],
      dueAt: '2026-03-16T09:00:00.000Z',
    },
  }),
  live: publishView({
    ...allPassed,
    status: 'live',
    stages: stagesOf([...checksPassed, 'skipped'], 'passed'),
    url: 'https://lunch.finance.apps.example.com',
    changes: { added: 1, changed: 3, removed: 0 },
    findings: [hookAdded],
  }),
  'fine to publish': publishView({
    status: 'ready',
    dryRun: true,
    stages: stagesOf(checksPassed, 'skipped'),
    timing: ended,
  }),
  ready: publishView({
    status: 'ready',
    stages: stagesOf([...checksPassed, 'skipped', 'passed', 'passed', 'passed', 'passed'], 'skipped'),
    findings: [pinned],
    timing: ended,
  }),
  'needs answers': publishView({
    status: 'needs-answers',
    stages: stagesOf(checksPassed, 'skipped'),
    findings: [classMissing],
    questions: [
      {
        field: 'dataClass',
        label: 'What kind of data does the app show?',
        options: ['public', 'internal', 'confidential', 'regulated'],
      },
    ],
    timing: ended,
  }),
  refused: publishView({
    status: 'refused',
    stages: stagesOf(['passed', 'passed', 'failed', 'passed'], 'skipped'),
    findings: [secret, hookAdded],
    timing: ended,
  }),
  'refused for several reasons': publishView({
    status: 'refused',
    stages: stagesOf(['passed', 'failed', 'failed', 'failed'], 'skipped'),
    findings: [indexMissing, secret, titleMissing],
    timing: ended,
  }),
  declined: publishView({
    status: 'refused',
    stages: stagesOf([...checksPassed, 'failed'], 'skipped'),
    findings: [declined],
    timing: ended,
  }),
  failed: publishView({
    status: 'failed',
    stages: stagesOf(
      [...checksPassed, 'skipped', 'passed', 'passed', 'passed', 'passed', 'passed', 'failed'],
      'skipped',
    ),
    findings: [notOpening],
    timing: ended,
  }),
  superseded: publishView({
    status: 'superseded',
    stages: stagesOf([...checksPassed, 'skipped', 'passed', 'passed', 'passed', 'passed'], 'skipped'),
    timing: ended,
  }),
  cancelled: publishView({
    status: 'cancelled',
    stages: stagesOf(checksPassed, 'skipped'),
    timing: ended,
  }),
} satisfies Record<string, PublishView>;
export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];

/** One of these, or what else is said of it. */
export const viewOf = (name: ViewName, different: Partial<PublishView> = {}): PublishView => ({
  ...VIEWS[name],
  ...different,
});

/** A message in the mailbox, or what else is said of it. */
export function sentMail(different: Partial<SentMail> = {}): SentMail {
  return {
    id: 'e_abcdefghijklmnopqrstuvwxyz',
    to: ['ana@example.com', 'ben@example.com'],
    subject: '“Lunch” is live',
    text: 'Hello,\n\nGood news: “Lunch” is live.\n\nOpen “Lunch”:\nhttps://lunch.finance.apps.example.com\n\nCottage\n',
    html: '<!doctype html><html lang="en"><head><title>“Lunch” is live</title><style>p { color: CanvasText; }</style></head><body><p>Good news: “Lunch” is live.</p></body></html>',
    sentAt: '2026-03-02T09:00:00.000Z',
    ...different,
  };
}
