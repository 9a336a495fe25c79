import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFolder } from '../cli/folder-site.ts';
import type { LocalIdentity } from '../shared/identity/local-identity.ts';
import { instant } from '../shared/ids/ids.ts';
import { newPlatform } from '../shared/platforms/secrets.ts';
import { acceptPublish } from '../shared/publishes/accept.ts';
import type { Deps } from '../shared/runtime/deps.ts';
import { addTeam } from '../shared/teams/add-team.ts';
import { isAtWork, startEffect } from '../shared/teams/start.ts';
import type { LocalConfig } from './config.ts';
import { followAddress } from './follow-address.ts';
import { replacePrivateFile } from './private-file.ts';

export const DEMO = 'demo';
const HELLO = fileURLToPath(new URL('../templates/hello', import.meta.url));

/**
 * Makes what a newcomer needs to wait for nobody: the zone of the base domain, the team and the platform `demo`, and the
 * credentials file. What is there stays as it is.
 * @param localUrl where the API answers on this machine
 */
export async function ensureDemo(
  config: LocalConfig,
  localUrl: string,
  identity: LocalIdentity,
  deps: Deps,
  untilIdle: () => Promise<void>,
): Promise<void> {
  await deps.dns.createZone(config.baseDomain);
  await followAddress(deps);
  await ensureDemoTeam(deps);
  await untilIdle();
  const found = await deps.platforms.find(DEMO);
  const platform =
    found?.value ?? newPlatform({ platformId: DEMO, title: 'Demo', teams: [DEMO] }, deps.clock.now());
  if (!found) {
    const happening = { at: instant(deps.clock.now()), action: 'added', by: 'cottage' };
    const operations = deps.platforms.changing(undefined, platform, happening);
    await deps.effects.commit({ opId: 'platform/demo/added', operations });
  }
  const credentials = {
    api: deps.settings.publicUrl,
    local: localUrl,
    team: DEMO,
    platform: DEMO,
    secret: platform.secrets[0]?.secret,
    adminToken: await identity.issue({ email: config.adminEmail, roles: ['admin'] }),
  };
  await replacePrivateFile(
    join(config.dataFolder, 'credentials.json'),
    `${JSON.stringify(credentials, null, 2)}\n`,
  );
}

/** Adds the team, or goes on where the last start was broken off. One that was removed stays so. */
async function ensureDemoTeam(deps: Deps): Promise<void> {
  const known = (await deps.teams.findRecord(DEMO))?.value;
  if (known?.state === 'adding' && (await isAtWork(known, deps.engine))) {
    const { workflow, name, input } = startEffect('add-team', known);
    await deps.engine.start(workflow, name, input);
  } else if (!known || known.state === 'adding') {
    // Anybody may own an app here, and public ones need no approver.
    const demo = { name: DEMO, title: 'Demo', members: ['*'], standingGrants: ['public'] };
    await addTeam(demo, 'cottage', deps);
  }
}

/**
 * Publishes `templates/hello` through the same pipeline as everything else. The id is made of the bytes, so a later start
 * finds it published already, and a changed template is a new publish. Returns its address once it is live.
 */
export async function publishHello(
  owner: string,
  deps: Deps,
  untilIdle: () => Promise<void>,
): Promise<string | undefined> {
  await untilIdle();
  const platform = (await deps.platforms.find(DEMO))?.value;
  // A certificate that is slow to come keeps nobody from starting; the next start publishes it.
  if (!platform || (await deps.teams.find(DEMO))?.value.state !== 'ready') return undefined;
  const site = await openFolder(HELLO);
  const archive = await site.pack();
  try {
    const zip = (await readFile(archive.file)).toString('base64');
    const app = { team: DEMO, name: 'hello', title: 'Hello', owner };
    const body = { app, artifact: { zip } };
    const rawBody = Buffer.from(JSON.stringify(body));
    const webhookId = `hello-${archive.sha256.slice(0, 32)}`;
    const { answer } = await acceptPublish({ platform, webhookId, rawBody, body }, deps);
    await untilIdle();
    const publish = (await deps.publishes.get(answer.publishId)).value;
    return publish.status === 'live' ? deps.settings.appUrl(publish.host) : undefined;
  } finally {
    await archive.dispose();
    await site.close();
  }
}
