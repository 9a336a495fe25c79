import { NotFound, PreconditionFailed } from '../errors/errors.ts';
import { type Hosting, type Site, sameSite } from '../hosting/hosting.ts';
import { type AppId, HELD, PARKED } from '../ids/ids.ts';
import type { Target } from './app.ts';
import type { Apps } from './apps.ts';

/** The site a target stands for. */
export function siteOf(target: Target): Site {
  const page = target.release === HELD ? 'held' : target.release === PARKED ? 'parked' : 'app';
  return { release: target.release, page, access: target.access, spa: target.spa, headers: {} };
}

const ATTEMPTS = 5;

/**
 * Brings the edge to the app's target (rules 4 and 5). Anyone may call it at any time, any number of times: it reads the
 * binding and its ETag first, then the target, so that whoever read an older target than the last that was written to
 * the edge finds another ETag there.
 * Returns the generation the edge was brought to.
 * @throws PreconditionFailed when others kept changing the binding; the app's next action tries again.
 */
export async function converge(
  appId: AppId,
  { hosting, apps }: { hosting: Hosting; apps: Apps },
): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const [binding] = await hosting.bindings(appId);
    const { target, settledGen } = (await apps.get(appId)).value;
    if (!target) return 0;
    if (!binding) throw new NotFound(`app ${appId} is not bound`);
    const site = siteOf(target);
    // Until it is settled it is pointed at even where it shows: the new ETag shuts out whoever read an older target.
    if (settledGen >= target.gen && sameSite(binding.site, site)) return target.gen;
    try {
      await hosting.point(appId, site, binding.etag);
      return target.gen;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
  throw new PreconditionFailed(`the binding of ${appId} kept changing`);
}
