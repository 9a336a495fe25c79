import { html } from 'hono/html';
import type { Finding } from '../../../shared/findings/finding.ts';
import { ICONS } from './icons.ts';
import type { Markup } from './layout.ts';

/** Findings under a heading, each with what to do before why. Nothing at all where there is none. */
export function findingList(id: string, heading: string, findings: readonly Finding[]): Markup {
  if (findings.length === 0) return html``;
  return html`<section class="card" aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
<ol class="findings">
${findings.map(findingItem)}</ol>
</section>`;
}

const MARKS = { block: ICONS.exclamation, warn: ICONS.exclamation, info: ICONS.letterI };

const findingItem = ({ severity, title, fix, why, where }: Finding): Markup => html`<li class="${severity}">
<span class="mark">${MARKS[severity]}</span>
<div class="text">
<h3>${title}</h3>
<p class="fix"><span class="label">What to do:</span> ${fix}</p>
${where === undefined ? '' : html`<p class="rest"><span class="label">Where:</span> <code>${where.file}</code>${spot(where)}</p>\n`}<p class="rest"><span class="label">Why:</span> ${why}</p>
</div>
</li>
`;

function spot({ line, column }: NonNullable<Finding['where']>): string {
  if (line === undefined) return '';
  return column === undefined ? `, line ${line}` : `, line ${line}, character ${column}`;
}
