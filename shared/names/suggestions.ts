import { cutLabel, maxNameLength, slugOf } from './labels.ts';
import { checkName, type NameRequest } from './name.ts';

const SUGGESTIONS = 3;
/** More than any team has apps, so that a free name is among them. */
const HIGHEST_NUMBER = 9_999;

/**
 * Three names near the one asked for, each accepted by `checkName` and free, always the same for the same answers of
 * `isFree`. Fewer only when the team's allow list has no more to give, or its name leaves no room (`checkTeamName`).
 */
export async function suggestNames(
  request: NameRequest,
  isFree: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const asked = new Set([request.name]);
  const suggestions: string[] = [];
  for (const name of candidates(request)) {
    if (asked.has(name) || checkName({ ...request, name }) !== undefined) continue;
    asked.add(name);
    // One after the other: mostly the first three are free, and each question is a read of the store.
    if (await isFree(name)) suggestions.push(name);
    if (suggestions.length === SUGGESTIONS) break;
  }
  return suggestions;
}

function* candidates({ name, team, baseDomain, allow }: NameRequest): Generator<string> {
  const maxLength = maxNameLength(team, baseDomain);
  const slug = slugOf(name, maxLength);
  const stems = allow === undefined ? [slug] : allow.map((pattern) => allowedStem(pattern, slug));
  const ending = (stem: string, end: string) => cutLabel(stem, maxLength - end.length) + end;
  for (const stem of stems) {
    yield cutLabel(stem, maxLength);
    yield cutLabel(`our-${stem}`, maxLength);
    yield ending(stem, '-app');
  }
  for (let number = 2; number <= HIGHEST_NUMBER; number += 1) {
    for (const stem of stems) yield ending(stem, `-${number}`);
  }
}

function allowedStem(pattern: string, slug: string): string {
  if (!pattern.endsWith('*')) return pattern;
  const start = pattern.slice(0, -1);
  return slug.startsWith(start) ? slug : start + slug;
}
