import type { PortName } from '../shared/runtime/aws.ts';

/**
 * What a function may be for, and the ports it does that through. The plan of a function lists these once, and both come of
 * it: the adapters that its bundle carries (`portsOf` in `functions.ts`), and what its role may do (`grants.ts`).
 */
export const PORTS_OF = {
  /** Every function has them: a port that is always there. */
  records: [],

  writeUploads: ['blobs'],
  readUploads: ['blobs'],
  readFiles: ['blobs'],
  writeWork: ['blobs'],
  writeReleases: ['blobs'],
  deleteLeftovers: ['blobs'],
  deleteReleases: ['blobs'],
  keepHeads: ['keptHeads'],
  /** Everything, compared with everything; the report is a file. */
  diagnose: ['inspection', 'blobs'],

  sign: ['signer'],
  sendMail: ['mail'],
  runWorkflows: ['engine'],
  announce: ['events'],
  readExecutions: ['engine'],

  tenants: ['hosting'],
  readTenants: ['hosting'],
  deleteTenants: ['hosting'],
  readZones: ['dns'],
  appRecords: ['dns'],
  createZones: ['dns'],
  deleteZones: ['dns'],
  delegate: ['dns'],
  readCertificates: ['certificates'],
  requestCertificates: ['certificates'],
  deleteCertificates: ['certificates'],

  // What leaves AWS, or never enters it, needs no permission of AWS.
  fetchArtifacts: ['downloads'],
  visitApps: ['probe'],
  knowPeople: ['identity'],
} as const satisfies Record<string, readonly PortName[]>;

export type Use = keyof typeof PORTS_OF;
