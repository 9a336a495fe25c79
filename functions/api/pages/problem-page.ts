import { html } from 'hono/html';
import { ICONS } from './icons.ts';
import { page } from './layout.ts';

export interface ProblemPageOptions {
  /** Of the answer; it is not shown. */
  status: number;
  title: string;
  detail: string;
}

/** For a person whose link or button led to nothing. */
export function problemPage({ status, title, detail }: ProblemPageOptions): Response {
  return page({
    title,
    status,
    body: html`<section class="card outcome wait">
<div class="badge">${ICONS.question}</div>
<h1>${title}</h1>
<p class="lead">${detail}</p>
<p><a href="/">To the start page</a></p>
</section>`,
  });
}
