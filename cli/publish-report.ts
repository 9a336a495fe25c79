import type { PublishAnswer, Question } from './api-types.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findingLines } from './finding-lines.ts';
import { count, formatDuration } from './output.ts';

/** What a publish that ended, or waits, means for a script. */
export function exitCodeFor({ status, dryRun }: Pick<PublishAnswer, 'status' | 'dryRun'>): ExitCode {
  switch (status) {
    case 'accepted':
    case 'running':
    case 'live':
      return EXIT.fine;
    case 'ready':
      return dryRun ? EXIT.fine : EXIT.waiting;
    case 'needs-answers':
    case 'awaiting-approval':
      return EXIT.waiting;
    case 'refused':
      return EXIT.refused;
    default:
      return EXIT.failed;
  }
}

/** How a publish ended, or what it waits for, as its owner reads it. */
export function publishReport(answer: PublishAnswer): string[] {
  // The question itself stands at the end, with how to answer it here.
  const asked = answer.questions.length > 0 ? 'publish/data-class-missing' : undefined;
  const findings = answer.findings.filter(({ code }) => code !== asked);
  return [...verdict(answer), ...findingLines(findings), ...nextStep(answer)];
}

function verdict(answer: PublishAnswer): string[] {
  const { app, status, dryRun, url, summary, decision } = answer;
  switch (status) {
    case 'accepted':
    case 'running':
      return [`“${app.title}” is on its way.`];
    case 'live':
      return [`${url ?? app.host} is live.`, ...changeLine(answer), ...tookLine(answer)];
    case 'ready':
      return dryRun
        ? [`“${app.title}” is fine to publish.`, ...changeLine(answer)]
        : [`“${app.title}” is ready and waits.`];
    case 'needs-answers':
      return [`“${app.title}” waits for an answer.`];
    case 'awaiting-approval':
      return [`“${app.title}” waits for a yes from ${decision?.askedOf.join(' or ') ?? 'an approver'}.`];
    case 'refused':
      return [
        dryRun ? `“${app.title}” can’t be published yet.` : `“${app.title}” was not published.`,
        ...rightLine(answer),
      ];
    default:
      return [summary ?? `“${app.title}” was not published.`];
  }
}

/** The last thing to read is what to do next. */
function nextStep({ status, app, dryRun, decision, questions, publishId }: PublishAnswer): string[] {
  switch (status) {
    case 'live':
      return ['', `To look at it: cottage open ${app.team}/${app.name}`];
    case 'accepted':
    case 'running':
      return ['', `To see how it gets on: cottage status ${publishId}`];
    case 'ready':
      return dryRun
        ? []
        : ['', `To put it live once nothing is in the way: cottage promote ${app.team}/${app.name}`];
    case 'needs-answers':
      return ['', ...questions.flatMap(questionLines)];
    case 'awaiting-approval':
      return decision === null
        ? []
        : ['', `An approver answers with: cottage decide ${decision.decisionId} approve`];
    case 'refused':
      return ['', 'When that is done, run the same command again.'];
    default:
      return [];
  }
}

function questionLines({ field, label, options }: Question): string[] {
  const flag = `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return [label, `Run the same command again with ${flag} and one of: ${options.join(', ')}`];
}

/** The checks before anything is put anywhere; what comes after them is work, not something to get right. */
const CHECKS = new Set(['unpack', 'validate', 'scan', 'check-policy']);

/** Somebody who is refused has mostly done nearly everything right, and may hear it. */
function rightLine({ stages }: PublishAnswer): string[] {
  const checks = stages.filter(({ name }) => CHECKS.has(name));
  const right = checks.filter(({ status }) => status === 'passed').length;
  const wrong = checks.filter(({ status }) => status === 'failed').length;
  if (right === 0 || wrong === 0) return [];
  return [`${right} of ${right + wrong} things ${right === 1 ? 'is' : 'are'} already right.`];
}

function changeLine({ changes }: PublishAnswer): string[] {
  if (changes === null) return [];
  const parts = (['changed', 'added', 'removed'] as const).filter((kind) => changes[kind] > 0);
  if (parts.length === 0) return ['Nothing has changed since last time.'];
  const texts = parts.map((kind, i) =>
    i === 0 ? `${count(changes[kind], 'file')} ${kind}` : `${changes[kind]} ${kind}`,
  );
  return [`Since last time: ${texts.join(', ')}.`];
}

const tookLine = ({ timing }: PublishAnswer): string[] =>
  timing.durationMs === null ? [] : [`It took ${formatDuration(timing.durationMs)}.`];
