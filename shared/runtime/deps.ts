import type { Apps } from '../apps/apps.ts';
import type { ArtifactLimits } from '../artifacts/limits.ts';
import type { KeptHeads } from '../audit/kept-heads.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Certificates } from '../certificates/certificates.ts';
import type { Clock } from '../clock/clock.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Dns } from '../dns/dns.ts';
import type { Inspection } from '../doctor/inspection.ts';
import type { DownloadRules } from '../downloads/download-url.ts';
import type { Downloads } from '../downloads/downloads.ts';
import type { Effects } from '../effects/effects.ts';
import type { EdgeProbe } from '../hosting/edge-probe.ts';
import type { Hosting } from '../hosting/hosting.ts';
import type { ObjectsOf } from '../hosting/release-objects.ts';
import type { Identity } from '../identity/identity.ts';
import type { NameClaims } from '../names/claims.ts';
import type { Platforms } from '../platforms/platforms.ts';
import type { Policies } from '../policies/policies.ts';
import type { Publishes } from '../publishes/publishes.ts';
import type { RecordStore } from '../records/record-store.ts';
import type { Releases } from '../releases/releases.ts';
import type { Scanner } from '../scan/scanner.ts';
import type { Signer } from '../signer/signer.ts';
import type { HostingEndpoint } from '../teams/endpoint.ts';
import type { Teams } from '../teams/teams.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { WorkflowEngine } from '../workflow/engine.ts';
import type { Log } from './log.ts';

/** Everything a step or an endpoint may ask for. One composition root per edition makes it; nobody else does. */
export interface Deps {
  settings: Settings;
  clock: Clock;
  log: Log;
  store: RecordStore;
  blobs: BlobStore;
  downloads: Downloads;
  hosting: Hosting;
  probe: EdgeProbe;
  dns: Dns;
  certificates: Certificates;
  engine: WorkflowEngine;
  identity: Identity;
  signer: Signer;
  keptHeads: KeptHeads;
  inspection: Inspection;
  /** Finds out whether Cottage can work. Throws Busy, saying why, when it can't for now. */
  checkHealth: () => Promise<void>;
  policies: () => Promise<Policies>;
  scanner: Scanner;
  effects: Effects;
  apps: Apps;
  publishes: Publishes;
  releases: Releases;
  names: NameClaims;
  teams: Teams;
  platforms: Platforms;
  decisions: Decisions;
  uploads: Uploads;
}

/** What the edition's configuration says, for steps and endpoints. */
export interface Settings {
  /** Where people and machines reach the API and its pages, without a final slash. */
  publicUrl: string;
  /** `apps.example.com`: the apex below which every team has its zone. */
  baseDomain: string;
  /** An app's address: `https://` and its host, with the port where it is not 443. */
  appUrl(host: string): string;
  /** Where the names of new teams point. */
  hostingEndpoint: HostingEndpoint;
  /** As which objects the files of a release are stored, for this edition's edge. */
  objectsOf: ObjectsOf;
  /** Mail addresses of the people who run Cottage. */
  admins: string[];
  /** What an artifact may be. */
  limits: ArtifactLimits;
  /**
   * Whether the doctor examines everything while somebody waits for its answer, or at night, and shows what it found: where
   * an answer has to be there within seconds, and everything is more than fits into them.
   */
  examines: 'when-asked' | 'at-night';
  /** Where an artifact may be fetched from. */
  downloads: DownloadRules;
}
