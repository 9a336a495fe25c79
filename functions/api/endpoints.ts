import { acceptPublishEndpoint } from './accept-publish.ts';
import { appActions, retire } from './app-actions.ts';
import { appHistory, getApp, listApps, listPublishes, listReleases, openApp } from './apps.ts';
import { auditHead, exportAudit, verifyAuditEndpoint, verifyAuditWithHead } from './audit.ts';
import { answerDecision, listDecisions } from './decisions.ts';
import { doctor } from './doctor.ts';
import type { Endpoint } from './endpoint.ts';
import { checkNameEndpoint, getLimits, health, listFindings, listTiers } from './info.ts';
import { createPlatform, listPlatforms, rotatePlatform } from './platforms.ts';
import { answerPublishEndpoint, cancelPublishEndpoint, getPublish, publishHistory } from './publishes.ts';
import { createTeam, deleteTeam, getTeam, listTeams, teamHistory } from './teams.ts';
import { createUpload } from './uploads.ts';

/** Every endpoint of both editions. */
export const ENDPOINTS: Endpoint[] = [
  acceptPublishEndpoint,
  createUpload,
  getPublish,
  cancelPublishEndpoint,
  answerPublishEndpoint,
  publishHistory,
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
  listTiers,
  getLimits,
  listFindings,
  checkNameEndpoint,
  health,
];
