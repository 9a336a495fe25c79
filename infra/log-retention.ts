import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CottageConfig } from './config.ts';

/** What CloudWatch Logs offers, in days. */
const OFFERED = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The shortest time on offer that is no shorter than what was asked. */
export function logRetention({ retention }: Pick<CottageConfig, 'retention'>): RetentionDays {
  return OFFERED.find((days) => days >= retention.logDays) ?? RetentionDays.INFINITE;
}
