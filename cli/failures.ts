import { CottageError } from '../shared/errors/errors.ts';
import type { Finding } from '../shared/findings/finding.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** What the server says about a fault: RFC 9457, with Cottage's own members. */
export interface Problem {
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  fields?: { path: string; message: string }[];
  findings?: Finding[];
  suggestions?: string[];
}

/** A command that did not do what it was asked. `message` is for the person who typed it. */
export class CommandFailed extends CottageError {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;
  /** `noun/fault`; the server's own code where it gave one. */
  readonly code: string;
  readonly problem: Problem;
  constructor(exitCode: ExitCode, code: string, message: string, problem: Problem = {}) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.problem = problem;
  }
}

export const usage = (message: string): CommandFailed => new CommandFailed(EXIT.usage, 'cli/usage', message);

export const notReachable = (api: string, cause: string): CommandFailed =>
  new CommandFailed(
    EXIT.notReachable,
    'cli/not-reachable',
    `Cottage does not answer at ${api} (${cause}). Is it running? Start it with: cottage start`,
  );

export const notCottage = (api: string): CommandFailed =>
  new CommandFailed(
    EXIT.unexpected,
    'cli/not-cottage',
    `Something answers at ${api}, but not the way Cottage does. Please check the address given with --api.`,
  );

/** A failure from what the server answered. */
export function failureFrom(status: number, problem: Problem): CommandFailed {
  // The detail is what the findings say, in one line.
  const said = hasFindings(problem)
    ? 'There is something to put right first.'
    : (problem.detail ?? problem.title);
  const message = said ?? 'Cottage refused this and did not say why.';
  return new CommandFailed(exitCodeFor(status, problem), problem.code ?? 'cli/refused', message, problem);
}

const hasFindings = ({ findings = [] }: Problem): boolean => findings.length > 0;

function exitCodeFor(status: number, problem: Problem): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  if (status === 413 || hasFindings(problem)) return EXIT.refused;
  if (status === 400 || status === 422) return EXIT.usage;
  if (status === 409 || status === 410) return EXIT.failed;
  if (BUSY_STATUSES.has(status)) return EXIT.notReachable;
  return EXIT.unexpected;
}

/** Too many calls, or a server that is starting, stopping or behind a gateway that lost it: worth another try. */
export const BUSY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
