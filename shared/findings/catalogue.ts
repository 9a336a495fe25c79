import { ARTIFACT_FINDINGS } from './artifact-findings.ts';
import { cleanText } from './clean.ts';
import type { Finding, Where } from './finding.ts';
import type { FindingText } from './finding-text.ts';
import { MANIFEST_FINDINGS } from './manifest-findings.ts';
import { NAME_FINDINGS } from './name-findings.ts';
import { POLICY_FINDINGS } from './policy-findings.ts';
import { PUBLISH_FINDINGS } from './publish-findings.ts';
import { SCAN_FINDINGS } from './scan-findings.ts';

const CATALOGUE = {
  ...ARTIFACT_FINDINGS,
  ...NAME_FINDINGS,
  ...MANIFEST_FINDINGS,
  ...SCAN_FINDINGS,
  ...POLICY_FINDINGS,
  ...PUBLISH_FINDINGS,
};

/** Every code there is. `docs/findings.md` has a section for each. */
export type FindingCode = keyof typeof CATALOGUE;

/** The closed list of findings: what a person reads for each code. */
export const FINDINGS: Readonly<Record<FindingCode, FindingText>> = CATALOGUE;

type Texts<C extends FindingCode> = `${(typeof CATALOGUE)[C]['title' | 'why' | 'fix']}`;
type Places<S extends string> = S extends `${string}{${infer Place}}${infer Rest}`
  ? Place | Places<Rest>
  : never;

/** One value for each place in the code's texts. A list is shown as its first three and how many more. */
export type FindingData<C extends FindingCode> = Record<Places<Texts<C>>, FindingValue>;
export type FindingValue = string | readonly string[];

const SHOWN_OF_A_LIST = 3;
/** A path may be longer than what fits into a sentence, and is worth more whole. */
const WHERE_CHARS = 300;

/** A finding with its texts filled in. Values may come from outside: they are cleaned and cut to 80 characters. */
export function finding<C extends FindingCode>(code: C, data: FindingData<C>, where?: Where): Finding {
  return fill(code, data, where);
}

/**
 * The same for a code only known at run time, such as a policy's.
 * @throws Error when there is no such code or a value is missing: a defect of whoever made them.
 */
export function findingOf(
  code: string,
  data: Readonly<Record<string, FindingValue>>,
  where?: Where,
): Finding {
  if (!isFindingCode(code)) throw new Error(`no finding has the code ${code}`);
  return fill(code, data, where);
}

export const isFindingCode = (code: string): code is FindingCode => Object.hasOwn(FINDINGS, code);

function fill(code: FindingCode, data: Readonly<Record<string, FindingValue>>, where?: Where): Finding {
  const { severity, title, why, fix } = FINDINGS[code];
  // One pass over our text only, so that a value that looks like a place stays a value.
  const filled = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_, place: string) => {
      const value = Object.hasOwn(data, place) ? data[place] : undefined;
      if (value === undefined) throw new Error(`finding ${code} needs a value for {${place}}`);
      return shown(value);
    });
  const texts = { code, severity, title: filled(title), why: filled(why), fix: filled(fix) };
  return where === undefined
    ? texts
    : { ...texts, where: { ...where, file: cleanText(where.file, WHERE_CHARS) } };
}

function shown(value: FindingValue): string {
  if (typeof value === 'string') return cleanText(value);
  if (value.length === 0) return 'none';
  const first = value.slice(0, SHOWN_OF_A_LIST).map((item) => cleanText(item));
  const more = value.length - first.length;
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ');
}
