import { html } from 'hono/html';
import { isEnded } from '../../../shared/publishes/publish.ts';
import type { PublishView } from '../status-view.ts';
import { findingList } from './finding-list.ts';
import { ICONS } from './icons.ts';
import { type Markup, page } from './layout.ts';
import { durationText, timeText } from './plain-text.ts';
import { shownStages, stageList } from './stage-list.ts';
import { changesText, DATA_CLASS_WORDS, type Headline, headlineOf, lacksYes } from './status-words.ts';

/** Machines go on within the second. People don't, and somebody may be reading or reaching for a button meanwhile. */
const REFRESH_SECONDS = 1;
const REFRESH_SECONDS_FOR_PEOPLE = 15;

/**
 * How a publish stands, for the person who pressed the button.
 * @param token what the link holds. Without it there is nothing to press: a browser has no other way to say who it is.
 */
export function statusPage(view: PublishView, token: string | undefined): Response {
  const headline = headlineOf(view);
  const ended = isEnded(view.status);
  const asks = token !== undefined && view.questions.length > 0;
  const stoppable = token !== undefined && !ended;
  const refreshSeconds = view.status === 'awaiting-approval' ? REFRESH_SECONDS_FOR_PEOPLE : REFRESH_SECONDS;
  return page({
    title: headline.heading,
    hasForm: asks || stoppable,
    ...(ended ? {} : { refreshSeconds }),
    body: html`${outcome(view, headline)}
${asks ? answerForm(view, token) : ''}
${findings(view, asks)}
${stageList(view)}
${stoppable ? cancelForm(view, token) : ''}
<p class="help">Begun on ${timeText(view.timing.acceptedAt)}. If you ask your platform team for help, mention <code>${view.publishId}</code>.</p>`,
  });
}

function outcome(view: PublishView, { icon, tone, heading, lead, more }: Headline): Markup {
  const facts = [changesText(view), progressText(view), timingText(view)].filter(
    (fact) => fact !== undefined,
  );
  return html`<section class="card outcome ${tone}">
<div class="badge">${ICONS[icon]}</div>
<h1>${heading}</h1>
<p class="lead">${lead}</p>
${more === undefined ? '' : html`<p class="quiet">${more}</p>\n`}${view.url === null ? '' : html`<p><a class="button large" href="${view.url}">${view.url}</a></p>\n`}${view.dryRun ? DRY_RUN_NOTE : ''}${
  facts.length === 0
    ? ''
    : html`<ul class="facts quiet small">${facts.map((fact) => html`<li>${fact}</li> `)}</ul>`
}
</section>`;
}

const DRY_RUN_NOTE = html`<p class="note">Only a try: nothing is published, and nothing changes for your visitors.</p>\n`;

function progressText(view: PublishView): string | undefined {
  const stages = shownStages(view);
  const at = stages.findIndex(({ status }) => status === 'running');
  return at < 0 ? undefined : `Step ${at + 1} of ${stages.length}`;
}

/** Only of what went well: nobody wants to be told how quickly something did not. */
function timingText({ status, timing }: PublishView): string | undefined {
  const wentWell = status === 'live' || status === 'ready';
  return wentWell && timing.durationMs !== null ? `It took ${durationText(timing.durationMs)}` : undefined;
}

function findings(view: PublishView, asks: boolean): Markup {
  const { status, dryRun } = view;
  // Once the form above asks, saying that an answer is missing only sends people looking for another one.
  const shown = view.findings.filter(({ code }) => !asks || code !== 'publish/data-class-missing');
  const blocking = shown.filter(({ severity }) => severity === 'block');
  const others = shown.filter(({ severity }) => severity !== 'block');
  return html`${findingList('to-change', status === 'refused' && !lacksYes(view) ? 'What to change' : 'What happened', blocking)}
${findingList('to-know', status === 'ready' && !dryRun ? 'Why it waits' : 'Good to know', others)}`;
}

function answerForm(view: PublishView, token: string): Markup {
  return html`<form class="card" method="post" action="${actionOf(view, 'answers', token)}">
${view.questions.map(question)}<p class="quiet small">Not sure? Take the lower of the two you hesitate between: it protects more.</p>
<p><button class="button">Save and go on</button></p>
</form>`;
}

const question = ({ field, label, options }: PublishView['questions'][number]): Markup => html`<fieldset>
<legend>${label}</legend>
<div class="choices">
${options.map((option) => choice(field, option))}</div>
</fieldset>
`;

function choice(field: string, option: string): Markup {
  const { name, means } = DATA_CLASS_WORDS[option] ?? { name: option, means: '' };
  return html`<label><input type="radio" name="${field}" value="${option}" required> <span><span class="name">${name}</span> <span class="quiet small">${means}</span></span></label>
`;
}

const cancelForm = (view: PublishView, token: string): Markup =>
  html`<form class="end" method="post" action="${actionOf(view, 'cancel', token)}"><button class="button plain">Cancel publishing</button></form>`;

const actionOf = ({ publishId }: PublishView, verb: string, token: string): string =>
  `/v1/publishes/${publishId}/${verb}?t=${encodeURIComponent(token)}`;
