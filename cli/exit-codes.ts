/** What `cottage` ends with, for scripts. `cottage --help` prints this table. */
export const EXIT = {
  fine: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  waiting: 4,
  failed: 5,
  notFound: 6,
  notAllowed: 7,
  notReachable: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANING: Record<keyof typeof EXIT, string> = {
  fine: 'all went well',
  unexpected: 'something unexpected; a fault in Cottage itself',
  usage: 'the command was not written as it has to be',
  refused: 'refused: there is something to fix, and it is listed',
  waiting: 'waits for a person: an answer, an approval or a promote',
  failed: 'failed, or a check found something wrong',
  notFound: 'there is no such app, publish or decision',
  notAllowed: 'these credentials do not allow it',
  notReachable: 'Cottage does not answer at this address',
};

/** The table as `cottage --help` shows it. */
export function exitCodeHelp(): string {
  const lines = (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((key) => `  ${EXIT[key]}  ${MEANING[key]}`);
  return ['Exit codes:', ...lines].join('\n');
}
