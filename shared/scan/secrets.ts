/** Finds secrets in text by secretlint. Loading this file takes 0.1 s: the scanner does it on first use. */
import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { rules as presetRules } from '@secretlint/secretlint-rule-preset-recommend';
import { OWN_PATTERNS, type SecretPattern } from './secret-kinds.ts';
import { extensionOf } from './text-file.ts';

// The profiler keeps a mark per rule and file for ever and searches them all for each new one: 5 ms a file at
// first, 127 ms after 4,000 files. Nothing here reads it.
secretLintProfiler.mark = () => {};

/** One secret; `line` and `column` from 1. */
export interface FoundSecret {
  rule: string;
  /** The value in the clear: for masking, never for a record or a log. */
  value: string;
  line: number;
  column: number;
}

type Rule = (typeof presetRules)[number];
type RuleContext = Parameters<Rule['create']>[0];

/** Reports of one rule on one file. The core compares every report with all others: a file full of keys took minutes. */
const MAX_REPORTS = 100;

const PRESET_PREFIX = '@secretlint/secretlint-rule-';

/** Lets a file say `secretlint-disable` and be passed over: the files here are not ours, so they have no say. */
const COMMENT_FILTER = `${PRESET_PREFIX}filter-comments`;

/** A rule that stops reporting after `MAX_REPORTS`. */
function bounded(rule: Rule): Rule {
  return {
    ...rule,
    create(context, options) {
      let reports = 0;
      const report: RuleContext['report'] = (descriptor) => {
        reports += 1;
        if (reports <= MAX_REPORTS) context.report(descriptor);
      };
      return rule.create({ ...context, report }, options);
    },
  };
}

/** A rule of secretlint for one of our patterns. Their own pattern rule compares every match with all others. */
function ruleFor({ rule, pattern, isSecret }: SecretPattern): Rule {
  const messages: Rule['messages'] = { FOUND: { en: () => rule } };
  return {
    messages,
    meta: { id: rule, type: 'scanner', recommended: false, supportedContentTypes: ['text'] },
    create(context) {
      const t = context.createTranslator(messages);
      return {
        file({ content }) {
          for (const { 0: value, index } of content.matchAll(pattern)) {
            if (isSecret(value))
              context.report({ message: t('FOUND', { VALUE: value }), range: [index, index + value.length] });
          }
        },
      };
    },
  };
}

const config = {
  rules: [...presetRules.filter((rule) => rule.meta.id !== COMMENT_FILTER), ...OWN_PATTERNS.map(ruleFor)].map(
    (rule) => ({
      id: rule.meta.id,
      rule: bounded(rule),
      // An AWS key id alone is found too; an account's number is no secret.
      ...(rule.meta.id === `${PRESET_PREFIX}aws` && {
        options: { enableIDScanRule: true },
        allowMessageIds: ['AWSAccountID'],
      }),
    }),
  ),
};

/** The rules that look for secrets, by the names that `FoundSecret` uses. */
export const SECRET_RULES: string[] = config.rules.map(({ id }) => id.replace(PRESET_PREFIX, ''));

/**
 * Secrets of a text file, in their order. Where several rules see the same place, the first counts.
 *
 * Throws when a rule fails: half a search is none.
 */
export async function findSecrets(path: string, text: string): Promise<FoundSecret[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, ext: safeExtension(path), contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  });
  const found: FoundSecret[] = [];
  let end = 0;
  for (const { ruleId, range, loc, data } of messages) {
    if (range[0] < end) continue;
    end = range[1];
    found.push({
      rule: ruleId.replace(PRESET_PREFIX, ''),
      value: valueOf(data) ?? text.slice(...range),
      line: loc.start.line,
      column: loc.start.column + 1,
    });
  }
  return found;
}

/** For `.p12` a rule of the preset opens the path on this machine's disk; and the path is a stranger's words. */
function safeExtension(path: string): string {
  const extension = extensionOf(path);
  return extension === '.p12' ? '.txt' : extension;
}

/** The secret itself, which some rules report at a place that begins before it. */
function valueOf(data: object | undefined): string | undefined {
  const values = new Map<string, unknown>(Object.entries(data ?? {}));
  for (const name of ['VALUE', 'KEY', 'TOKEN', 'ID', 'CREDENTIAL', 'URI', 'URL']) {
    const value = values.get(name);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
