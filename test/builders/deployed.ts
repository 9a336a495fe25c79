import { deploy } from '../../functions/publish/deploy.ts';
import { unpack } from '../../functions/publish/unpack.ts';
import { AppId, derivedId, type ReleaseId } from '../../shared/ids/ids.ts';
import { releaseIdOf } from '../../shared/releases/content.ts';
import { HOOK_VERSION } from '../../shared/releases/telemetry-hook.ts';
import { loadWork, saveWork, servedFiles } from '../../shared/releases/work.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { recordStage } from '../../shared/runtime/step.ts';
import { publishId } from './app.ts';
import { acceptedPublish } from './publish.ts';
import { siteZip } from './site-zip.ts';

const facts = {
  scannerVersion: '1',
  fileCount: 1,
  sizeBytes: 1,
  secrets: {},
  externalHosts: [],
  extensions: {},
  hasServiceWorker: false,
  sourceMaps: 0,
};

/**
 * Publishes these files as far as Deploy, by the real steps and as they are: no hook is added, nothing is checked. An index
 * page is among them.
 */
export async function deployed(
  deps: Deps,
  name: string,
  files: Record<string, string | Buffer>,
  publishName = name,
): Promise<{ app: AppId; release: ReleaseId }> {
  const { blobs, effects, publishes } = deps;
  const app = AppId.parse(derivedId('a', name));
  const key = `incoming/${publishId(publishName)}.zip`;
  const artifact = { key, ...(await blobs.put(key, await siteZip(files))) };
  const publish = acceptedPublish(publishName, { appId: app, artifact });
  const operations = publishes.changing(undefined, publish, publish.acceptedAt, {
    action: 'accepted',
    by: 'platform:demo',
  });
  await effects.commit({ opId: `test/${publish.publishId}`, operations });
  const input = { publishId: publish.publishId, appId: app, sequence: publish.seq };
  await unpack.run(input, deps);
  const work = await loadWork(blobs, publish.publishId);
  await saveWork(blobs, publish.publishId, { ...work, scan: { facts, findings: [] } });
  const release = releaseIdOf(servedFiles(work.files), HOOK_VERSION);
  await recordStage(publish, 'test', deps, (fresh) => ({ ...fresh, release }));
  await deploy.run(input, deps);
  return { app, release };
}
