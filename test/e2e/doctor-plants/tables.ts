import { MACHINE } from './machine.ts';
import type { Row } from './plant.ts';
import { RELEASES, UNDER_WAY } from './publishing.ts';
import { CERTIFICATES, EDGE, NAMES } from './serving.ts';
import { AUDIT, CATALOG, DUE, RECORDS } from './stored.ts';

/** Everything somebody could plant, by what it is planted in. */
export const TABLES: [string, Row[]][] = [
  ['records', RECORDS],
  ['the catalog', CATALOG],
  ['the edge', EDGE],
  ['DNS', NAMES],
  ['certificates', CERTIFICATES],
  ['releases', RELEASES],
  ['publishes and questions', UNDER_WAY],
  ['what is due', DUE],
  ['the audit trail', AUDIT],
  ['the machine', MACHINE],
];
