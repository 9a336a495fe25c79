import { html } from 'hono/html';

/**
 * The one design of all pages. Colours are named for what they mean and are defined twice, for light and for dark; each
 * pair of text and ground has a contrast of at least 4.5 to 1.
 */
export const STYLE = html`<style>
:root {
  color-scheme: light dark;
  --ground: #f6f4ef; --card: #fffdfa; --ink: #21261f; --quiet: #5b6459; --line: #dfdbd0;
  --accent: #1d6547; --on-accent: #ffffff; --accent-soft: #e4f0e8;
  --wait: #7a5200; --wait-soft: #fbf0d9; --stop: #9c3520; --stop-soft: #fbe9e3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141714; --card: #1d211d; --ink: #e8ebe4; --quiet: #a9b2a6; --line: #363c35;
    --accent: #86d3aa; --on-accent: #0e2218; --accent-soft: #1f3329;
    --wait: #ecc37a; --wait-soft: #352b17; --stop: #f2a58f; --stop-soft: #3a231c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0; padding: 0 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  overflow-wrap: anywhere;
}
body > header, main { max-width: 44rem; margin: 0 auto; }
body > header { padding: 1.5rem 0; }
h1, h2, h3, p, ol, ul, dl, dd, fieldset { margin: 0; padding: 0; }
h1 { font-size: clamp(1.6rem, 1.2rem + 2.2vw, 2.25rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; }
h3 { font-size: 1.0625rem; line-height: 1.4; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .25rem; }
code { font: .92em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
svg { display: block; flex: none; width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.brand { display: inline-flex; align-items: center; gap: .5rem; font-weight: 650; color: var(--ink); text-decoration: none; }
.brand svg { color: var(--accent); width: 1.5rem; height: 1.5rem; }
.quiet { color: var(--quiet); }
.small { font-size: .9375rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: clamp(1.25rem, 4vw, 2rem); }
.card + .card, .card + form, form + .card { margin-top: 1.25rem; }
.card > * + * { margin-top: 1rem; }
.outcome { --tone: var(--accent); --tone-soft: var(--accent-soft); }
.outcome.wait { --tone: var(--wait); --tone-soft: var(--wait-soft); }
.outcome.stop { --tone: var(--stop); --tone-soft: var(--stop-soft); }
.badge { display: grid; place-items: center; width: 3rem; height: 3rem; border-radius: 50%; color: var(--tone); background: var(--tone-soft); }
.badge svg { width: 1.6rem; height: 1.6rem; }
.lead { font-size: 1.125rem; }
.note { padding: .75rem 1rem; border-radius: .6rem; color: var(--wait); background: var(--wait-soft); }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; }

.button { display: inline-block; border: 0; border-radius: .7rem; padding: .85rem 1.35rem; font: inherit; font-weight: 650; line-height: 1.35; cursor: pointer; color: var(--on-accent); background: var(--accent); text-decoration: none; }
.button:hover { filter: brightness(1.08); }
.button.large { font-size: 1.125rem; }
.button.plain { padding: .5rem .9rem; font-weight: 500; color: var(--quiet); background: none; border: 1px solid var(--line); }
.button.plain:hover { color: var(--ink); border-color: currentColor; }
form.end { margin-top: 1.25rem; }

.findings { list-style: none; }
.findings > li { display: flex; gap: .9rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.findings > li + li { margin-top: 1.25rem; }
.findings .mark { display: grid; place-items: center; flex: none; width: 1.75rem; height: 1.75rem; border-radius: 50%; }
.findings .mark svg { width: 1rem; height: 1rem; stroke-width: 2.5; }
.findings .block .mark { color: var(--stop); background: var(--stop-soft); }
.findings .warn .mark { color: var(--wait); background: var(--wait-soft); }
.findings .info .mark { color: var(--accent); background: var(--accent-soft); }
.findings .text { flex: 1; min-width: 0; }
.findings .fix { margin-top: .35rem; }
.findings .rest { margin-top: .5rem; color: var(--quiet); font-size: .9375rem; }
.label { font-weight: 650; }

.stages { list-style: none; }
.stages > li { display: flex; align-items: center; gap: .75rem; padding: .45rem 0; }
.stages .what { flex: 1; min-width: 0; }
.stages .state { color: var(--quiet); font-size: .875rem; text-align: right; }
.stages .passed svg, .stages .running svg { color: var(--accent); }
.stages .failed svg, .stages .failed .state { color: var(--stop); }
.stages .pending, .stages .skipped { color: var(--quiet); }
.stages .running .what, .stages .failed .what { font-weight: 650; }

fieldset { border: 0; min-width: 0; }
legend { padding: 0; font-size: 1.2rem; font-weight: 650; line-height: 1.3; }
.choices { margin-top: 1rem; display: grid; gap: .6rem; }
.choices label { display: flex; gap: .75rem; padding: .85rem 1rem; border: 1px solid var(--line); border-radius: .7rem; cursor: pointer; }
.choices label:hover { border-color: var(--accent); }
.choices label:has(:checked) { border-color: var(--accent); background: var(--accent-soft); }
.choices input { flex: none; width: 1.15rem; height: 1.15rem; margin: .22rem 0 0; accent-color: var(--accent); }
.choices .name { display: block; font-weight: 650; }

.rows { list-style: none; }
.rows > li { padding: .9rem 0; border-top: 1px solid var(--line); }
.rows > li:last-child { padding-bottom: 0; }
.rows a { font-weight: 600; }
.pairs { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; }
.pairs dt { color: var(--quiet); }
iframe { display: block; width: 100%; height: 30rem; border: 1px solid var(--line); border-radius: .7rem; background: Canvas; }
pre { margin: 0; white-space: pre-wrap; font: .875rem/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
pre.command { padding: .6rem .9rem; border-radius: .6rem; background: var(--ground); border: 1px solid var(--line); }
nav { margin-bottom: .75rem; }
.help { margin-top: 1.5rem; color: var(--quiet); font-size: .875rem; }
@media (max-width: 30rem) {
  body { padding-inline: .9rem; }
  .button.large { display: block; text-align: center; }
  .pairs { grid-template-columns: 1fr; gap: 0; }
  .pairs dd + dt { margin-top: .5rem; }
}
@media (prefers-reduced-motion: no-preference) {
  /* One turn takes as long as the page stays before it looks again, so that the wheel does not jump. */
  .turning { animation: turn 1s linear infinite; }
  @keyframes turn { to { rotate: 1turn; } }
}
</style>`;
