import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CottageConfig } from './config.ts';

/** What CloudWatch Logs offers, from the shortest; each is its number of days. The longest stands for "for ever". */
const OFFERED = Object.values(RetentionDays)
  .filter((days): days is RetentionDays => typeof days === 'number')
  .toSorted((a, b) => a - b);

/** The shortest time on offer that is no shorter than what was asked. */
export function logRetention({ retention }: Pick<CottageConfig, 'retention'>): RetentionDays {
  const asked: number = retention.logDays;
  return OFFERED.find((days: number) => days >= asked) ?? RetentionDays.INFINITE;
}
