import { html } from 'hono/html';

/** A drawing for people who see; the words beside it say the same, so screen readers pass over it. */
const icon = (lines: ReturnType<typeof html>) =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true">${lines}</svg>`;

export const ICONS = {
  house: icon(html`<path d="M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-5h4v5"/>`),
  tick: icon(html`<path d="m5 12.5 4.5 4.5L19 7.5"/>`),
  cross: icon(html`<path d="m7 7 10 10M17 7 7 17"/>`),
  exclamation: icon(html`<path d="M12 5v9M12 18.5v.5"/>`),
  question: icon(html`<path d="M8.5 8.5a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3M12 18.5v.5"/>`),
  letterI: icon(html`<path d="M12 11v8M12 5.5V6"/>`),
  clock: icon(html`<circle cx="12" cy="12" r="8"/><path d="M12 8v4.5l3 1.5"/>`),
  wheel: html`<svg class="turning" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4a8 8 0 1 1-8 8"/></svg>`,
  ring: icon(html`<circle cx="12" cy="12" r="4"/>`),
  dash: icon(html`<path d="M8 12h8"/>`),
  forward: icon(html`<path d="M5 12h14M13 6l6 6-6 6"/>`),
};
