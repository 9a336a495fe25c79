import { NotConverged } from '../errors/errors.ts';
import { WELL_KNOWN } from '../hosting/edge-probe.ts';
import { mintCookie, VIEWER_COOKIE } from '../hosting/viewer.ts';
import { sha256 } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import type { App, Target } from './app.ts';
import { isOwnRelease } from './fencing.ts';

const PROBE_VIEWER = 'probe@cottage.invalid';

/**
 * Looks at the app as a visitor would, past sign-in. Returns what is wrong in plain words, or undefined when it works.
 * @throws NotConverged while the edge does not show the target yet
 */
export async function smokeTest(
  app: App,
  target: Target,
  { probe, releases, signer, clock }: Pick<Deps, 'probe' | 'releases' | 'signer' | 'clock'>,
): Promise<string | undefined> {
  const host = app.subdomain;
  const shown = await probe.get(host, WELL_KNOWN);
  if (shownRelease(shown.body) !== target.release) {
    throw new NotConverged(`${host} does not show ${target.release} yet (status ${shown.status})`);
  }
  if (isOwnRelease(target.release)) return undefined;
  const release = (await releases.find(app.appId, target.release))?.value;
  if (release?.state !== 'stored') return 'its files are missing';
  const cookie = await mintCookie({ signer, clock }, { app: app.appId, host }, PROBE_VIEWER);
  const page = await probe.get(host, '/', { cookie: `${VIEWER_COOKIE}=${cookie}` });
  if (page.status !== 200) return 'its first page does not open';
  if (!page.headers['content-type']?.startsWith('text/html')) return 'its first page is not shown as a page';
  if (sha256(page.body) !== release.indexSha256) return 'its first page is not the one that was published';
  return undefined;
}

function shownRelease(body: Buffer): string | undefined {
  try {
    const answer: unknown = JSON.parse(body.toString());
    return typeof answer === 'object' && answer !== null && 'release' in answer
      ? String(answer.release)
      : undefined;
  } catch {
    return undefined;
  }
}
