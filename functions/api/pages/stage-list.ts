import { html } from 'hono/html';
import { STAGES } from '../../../shared/publishes/publish.ts';
import type { PublishView } from '../status-view.ts';
import { ICONS } from './icons.ts';
import type { Markup } from './layout.ts';
import { durationText } from './plain-text.ts';

type Stage = PublishView['stages'][number];

/** Each stage as people say it: when it is done, while it runs, and before. */
const STAGE_WORDS: Readonly<Record<Stage['name'], readonly [done: string, now: string, before: string]>> = {
  unpack: ['Opened your files', 'Opening your files', 'Open your files'],
  validate: ['Checked your files', 'Checking your files', 'Check your files'],
  scan: ['Looked for passwords and keys', 'Looking for passwords and keys', 'Look for passwords and keys'],
  'check-policy': [
    'Went through the house rules',
    'Going through the house rules',
    'Go through the house rules',
  ],
  approval: ['Got a yes', 'Waiting for a yes', 'Get a yes'],
  deploy: ['Stored the new version', 'Storing the new version', 'Store the new version'],
  certificate: ['Made the connection secure', 'Making the connection secure', 'Make the connection secure'],
  'bind-name': ['Gave the app its address', 'Giving the app its address', 'Give the app its address'],
  dns: ['Told the internet the address', 'Telling the internet the address', 'Tell the internet the address'],
  'go-live': ['Switched to the new version', 'Switching to the new version', 'Switch to the new version'],
  verify: ['Opened it as a visitor would', 'Opening it as a visitor would', 'Open it as a visitor would'],
  register: ['Put it on the list of apps', 'Putting it on the list of apps', 'Put it on the list of apps'],
};

/** The stages in order, each with a symbol and a word for how it stands. */
export function stageList(view: PublishView): Markup {
  const stages = shownStages(view);
  return html`<section class="card" aria-labelledby="stages">
<h2 id="stages">Step by step</h2>
<ol class="stages">
${stages.map((stage, i) => stageItem(stage, skippedWord(view, stages.slice(i + 1))))}</ol>
</section>`;
}

/** A try ends with the checks; what would come after them is not listed. */
export function shownStages({ stages, dryRun }: Pick<PublishView, 'stages' | 'dryRun'>): Stage[] {
  return dryRun ? stages.filter(isCheck) : stages;
}

/** The stages before the approval look at the files; those behind it do something with them. */
const isCheck = ({ name }: Stage): boolean => STAGES.indexOf(name) < STAGES.indexOf('approval');

function stageItem(stage: Stage, skipped: string): Markup {
  const [done, now, before] = STAGE_WORDS[stage.name];
  const { icon, state } = stateOf(stage, skipped);
  const failed = isCheck(stage) ? done : before;
  const what = { passed: done, running: now, pending: before, failed, skipped: before }[stage.status];
  return html`<li class="${stage.status}">${ICONS[icon]}<span class="what">${what}</span> <span class="state">${state}</span></li>
`;
}

function stateOf(stage: Stage, skipped: string): { icon: keyof typeof ICONS; state: string } {
  switch (stage.status) {
    case 'passed':
      return { icon: 'tick', state: ['Done', ...tookText(stage)].join(', ') };
    case 'running':
      return { icon: 'wheel', state: 'Now' };
    case 'pending':
      return { icon: 'ring', state: 'Not yet' };
    case 'failed':
      return { icon: 'cross', state: isCheck(stage) ? 'Found something' : 'Stopped here' };
    case 'skipped':
      return { icon: 'dash', state: skipped };
  }
}

/** Why a stage was left out: the publish went on without it, may still come to it, or never got that far. */
function skippedWord({ status }: PublishView, later: Stage[]): string {
  if (later.some((stage) => stage.status === 'passed')) return 'Not needed';
  return status === 'ready' || status === 'needs-answers' ? 'Not yet' : 'Not reached';
}

/** Only what is long enough to be noticed. */
function tookText({ startedAt, endedAt }: Stage): string[] {
  if (startedAt === undefined || endedAt === undefined) return [];
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return ms < 100 ? [] : [durationText(ms)];
}
