import { acceptPublishEndpoint } from './accept-publish.ts';
import { appActions, retire } from './app-actions.ts';
import { appHistory, getApp, listApps, listPublishes, listReleases, openApp } from './apps.ts';
import { auditHead, exportAudit, verifyAuditEndpoint, verifyAuditWithHead } from './audit.ts';
import { takeBeacon } from './beacon.ts';
import { answerDecision, listDecisions } from './decisions.ts';
import { doctor } from './doctor.ts';
import type { Endpoint } from './endpoint.ts';
import { checkNameEndpoint, getLimits, health, listFindings, listTiers } from './info.ts';
import { createPlatform, listPlatforms, rotatePlatform } from './platforms.ts';
import { answerPublishEndpoint, cancelPublishEndpoint, getPublish, publishHistory } from './publishes.ts';
import { createTeam, deleteTeam, getTeam, listTeams, teamHistory } from './teams.ts';
import { createUpload } from './uploads.ts';

// The endpoints in the groups that share a function on AWS, each a list of its own: the function of a group is bundled
// with its list, and so without the code of the others. `functions/aws/api-groups.ts` has the groups by their paths.

export const apiHooks: Endpoint[] = [acceptPublishEndpoint, createUpload];

export const apiPublishes: Endpoint[] = [
  getPublish,
  cancelPublishEndpoint,
  answerPublishEndpoint,
  publishHistory,
];

export const apiCatalog: Endpoint[] = [
  listApps,
  getApp,
  listReleases,
  listPublishes,
  openApp,
  ...appActions,
  retire,
  appHistory,
  listDecisions,
  answerDecision,
  listTiers,
  getLimits,
  listFindings,
  checkNameEndpoint,
  health,
];

export const apiAdmin: Endpoint[] = [
  listTeams,
  createTeam,
  getTeam,
  deleteTeam,
  teamHistory,
  listPlatforms,
  createPlatform,
  rotatePlatform,
  verifyAuditEndpoint,
  verifyAuditWithHead,
  auditHead,
  exportAudit,
  doctor,
];

export const apiBeacon: Endpoint[] = [takeBeacon];
