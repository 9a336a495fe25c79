import { Apps } from '../apps/apps.ts';
import { Decisions } from '../decisions/decisions.ts';
import { NameClaims } from '../names/claims.ts';
import { Platforms } from '../platforms/platforms.ts';
import { Publishes } from '../publishes/publishes.ts';
import type { RecordStore } from '../records/record-store.ts';
import { Releases } from '../releases/releases.ts';
import { Teams } from '../teams/teams.ts';
import { Uploads } from '../uploads/uploads.ts';

/** Every repository over one store: the same in both editions. */
export const repositories = (store: RecordStore) => ({
  apps: new Apps(store),
  publishes: new Publishes(store),
  releases: new Releases(store),
  names: new NameClaims(store),
  teams: new Teams(store),
  platforms: new Platforms(store),
  decisions: new Decisions(store),
  uploads: new Uploads(store),
});
