import { sweepApp } from '../../shared/apps/sweep-app.ts';
import { forgetTicket } from '../../shared/hosting/tickets.ts';
import { AppId, EffectId, instant, PublishId, UploadId } from '../../shared/ids/ids.ts';
import { sweepPublish } from '../../shared/publishes/watch.ts';
import { dueRecords } from '../../shared/records/due.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { removeUpload } from '../../shared/uploads/remove.ts';

/** Most things one run does: a flood of due records is worked off over several runs. */
const MOST = 1_000;

/**
 * Does what is due: effects left over, apps to bring to their target, drafts and terms that end, publishes without an
 * execution, uploads nobody needs. Found by an index that may lag, so each is done by a write conditional on the version.
 * Returns how many were done. One that fails is logged and stays due.
 */
export async function sweep(deps: Deps): Promise<number> {
  const now = instant(deps.clock.now());
  let done = 0;
  for await (const record of dueRecords(deps.store, now)) {
    if (done >= MOST) break;
    try {
      if (await act(record.key, deps)) done += 1;
    } catch (error) {
      deps.log.error('a due record failed', {
        key: `${record.key.pk}/${record.key.sk}`,
        error: String(error),
      });
    }
  }
  return done;
}

async function act({ pk }: { pk: string }, deps: Deps): Promise<boolean> {
  const [kind, id = ''] = pk.split('#');
  switch (kind) {
    case 'effect':
      return deps.effects.run(EffectId.parse(id));
    case 'app':
      return sweepApp(AppId.parse(id), deps);
    case 'publish':
      return sweepPublish(PublishId.parse(id), deps);
    case 'upload':
      return removeUpload(UploadId.parse(id), deps);
    case 'ticket':
      return forgetTicket(deps.store, id, instant(deps.clock.now()));
    default:
      throw new TypeError(`nothing is known to do for ${pk}`);
  }
}
