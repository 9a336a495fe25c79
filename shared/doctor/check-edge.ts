import { isRetiring } from '../apps/app.ts';
import { siteOf } from '../apps/converge.ts';
import { sameSite } from '../hosting/hosting.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Found } from './problems.ts';
import { nameOf, type World } from './world.ts';

/** What the edge shows, and what the catalog says it is to show. */
export async function checkEdge({ apps }: World, { hosting }: Deps): Promise<Found[]> {
  const bindings = new Map((await hosting.bindings()).map((binding) => [binding.app as string, binding]));
  const found: Found[] = [];
  for (const app of apps.values()) {
    const binding = bindings.get(app.appId);
    const subject = nameOf(app);
    const gone = app.state === 'retired';
    if (binding && !gone) bindings.delete(app.appId);
    // What takes it down unbinds it before it says so.
    if (isRetiring(app)) continue;
    if (!binding && (app.boundHost !== undefined || app.target) && !gone) {
      found.push({
        code: 'edge/missing',
        subject,
        text: 'The app has an address, and the edge does not know it.',
      });
    }
    if (!binding || gone) continue;
    if (binding.host !== (app.boundHost ?? app.subdomain)) {
      const text = `The edge shows the app at ${binding.host}, and its address is ${app.boundHost ?? app.subdomain}.`;
      found.push({ code: 'edge/host', subject, text });
    }
    if (app.target && app.settledGen === app.target.gen && !sameSite(binding.site, siteOf(app.target))) {
      const [shown, wanted] = [binding.site, siteOf(app.target)].map(
        (site) => `${site.release} (${site.access}${site.spa ? ', one page' : ''})`,
      );
      found.push({
        code: 'edge/differs',
        subject,
        text: `The edge shows ${shown} and the catalog says ${wanted}.`,
      });
    }
  }
  for (const [appId, { host }] of bindings) {
    const text = `The edge serves ${host} for ${appId}, which the catalog does not know or has retired.`;
    found.push({ code: 'edge/orphan', subject: host, text });
  }
  return found;
}
