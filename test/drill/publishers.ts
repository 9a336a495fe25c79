import { siteZip } from '../builders/site-zip.ts';
import { Answered, type DrillClient, ENDED } from './client.ts';

/** A publish that was asked for, and what its first page says. */
export interface Delivery {
  /** The webhook's id: delivered again under it until there is an answer. */
  id: string;
  name: string;
  text: string;
  publishId?: string;
  /** Nobody is told how it ends. */
  isDry?: boolean;
  /** It has ended and waits for nobody. */
  isOver?: boolean;
}

interface Wanted {
  name: string;
  app?: object;
  files?: Record<string, string>;
  dryRun?: boolean;
  upload?: boolean;
}

/** Enough that a kill finds some of a publish's files written and others not. */
const MANY = 150;
/** Names go round, so that a team is never full. */
const NAMES = 40;

const page = (text: string) =>
  `<!doctype html><html lang="en"><head><title>Drill</title></head><body>${text}</body></html>`;
const manyFiles = (text: string) =>
  Object.fromEntries(
    Array.from({ length: MANY }, (_, i) => [`f/${i}.txt`, `${text} ${i} ${'x'.repeat(2000)}`]),
  );
const round = (n: number) => n % NAMES;

interface Kind {
  wants: (n: number) => Wanted;
  after?: (client: DrillClient, publishId: string, n: number) => Promise<void>;
}

/** What each kind of tool asks for as its n-th publish, and what its people then do. */
const KINDS: Record<string, Kind> = {
  again: { wants: () => ({ name: 'again' }) },
  large: { wants: (n) => ({ name: 'large', upload: true, files: manyFiles(`large ${n}`) }) },
  first: { wants: (n) => ({ name: `first-${round(n)}` }) },
  refused: {
    wants: (n) => {
      // No first page; a key in the source; and now and then nothing to refuse.
      const bad: Record<string, string> =
        n % 2 === 0 ? { 'index.html': '' } : { 'app.js': `const key = 'AKIA${'Q7'.repeat(8)}';` };
      return n % 4 === 3 ? { name: 'sound' } : { name: 'refused', files: bad };
    },
  },
  approvals: {
    wants: (n) => ({ name: `asks-${round(n)}`, app: { tier: 'isolated' } }),
    after: async (client, publishId, n) => {
      const { decision } = await client.publish(publishId);
      const option = n % 3 === 2 ? 'decline' : 'approve';
      if (decision) await client.post(`/v1/decisions/${decision.decisionId}`, { option });
    },
  },
  questions: {
    wants: (n) => ({ name: `unsure-${round(n)}`, app: { dataClass: undefined } }),
    after: async (client, publishId) => {
      const { status } = await client.publish(publishId);
      if (status === 'needs-answers')
        await client.post(`/v1/publishes/${publishId}/answers`, { dataClass: 'internal' });
    },
  },
  changed: {
    wants: () => ({ name: 'changed' }),
    after: async (client, _, n) => {
      const actions = [
        [],
        ['rollback', 'unpin'],
        ['hold', 'release'],
        ['archive', 'restore'],
        ['rollback', 'promote'],
      ];
      for (const action of actions[n % actions.length] ?? []) {
        const body = action === 'hold' ? { reason: 'a drill' } : {};
        await client.post(`/v1/apps/demo/changed/${action}`, body).catch(unlessRefused);
      }
    },
  },
  cancelled: {
    wants: (n) => ({ name: 'cancelled', dryRun: n % 3 === 2, files: manyFiles(`cancelled ${n}`) }),
    after: async (client, publishId, n) => {
      if (n % 3 !== 1) return;
      await client.post(`/v1/publishes/${publishId}/cancel`).catch(unlessRefused);
    },
  },
};

/** A person who is too late, or whose request was made before the process died, is told so. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof Answered) || ![404, 409].includes(error.status)) throw error;
}

/**
 * A tool that publishes again and again, each time after the publish before has ended. Like any careful tool it
 * delivers again, under the same id, what was not answered.
 */
export class Publisher {
  readonly deliveries: Delivery[] = [];
  readonly #kind: Kind;
  readonly #isCancelling: boolean;
  readonly #number: number;
  #unanswered: { delivery: Delivery; body: (client: DrillClient) => Promise<object> } | undefined;

  constructor(number: number) {
    const kinds = Object.values(KINDS);
    this.#kind = kinds[number % kinds.length] as Kind;
    this.#isCancelling = this.#kind === KINDS['cancelled'];
    this.#number = Math.floor(number / kinds.length);
  }

  /** Publishes until nobody answers any more. */
  async work(client: DrillClient): Promise<void> {
    try {
      for (;;) {
        const { publishId = '' } = await this.deliver(client);
        const n = this.deliveries.length - 1;
        if (this.#isCancelling) await this.#after(client, publishId, n);
        await ended(client, publishId);
        await this.#after(client, publishId, n);
        await ended(client, publishId);
      }
    } catch (error) {
      // What fetch throws when nobody is there.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Delivers what was not answered yet, or else the next publish. */
  async deliver(client: DrillClient): Promise<Delivery> {
    this.#unanswered ??= this.#next();
    const { delivery, body } = this.#unanswered;
    const { publishId } = await client.hook<{ publishId: string }>(
      'publish',
      delivery.id,
      await body(client),
    );
    delivery.publishId = publishId;
    this.#unanswered = undefined;
    this.deliveries.push(delivery);
    return delivery;
  }

  /** Sees to it that everything which was accepted can end: nobody waits for an answer. */
  async settle(client: DrillClient): Promise<void> {
    if (this.#unanswered) await this.deliver(client);
    for (const [n, delivery] of this.deliveries.entries()) {
      if (delivery.isOver) continue;
      const { publishId = '' } = delivery;
      if (!(await ended(client, publishId))) {
        await this.#after(client, publishId, n);
        await ended(client, publishId);
      }
      delivery.isOver = true;
    }
  }

  async #after(client: DrillClient, publishId: string, n: number): Promise<void> {
    await this.#kind.after?.(client, publishId, n);
  }

  #next() {
    const n = this.deliveries.length;
    const { name, app = {}, files = {}, dryRun = false, upload = false } = this.#kind.wants(n);
    const ownName = this.#number === 0 ? name : `${name}-again-${this.#number}`;
    const text = `${ownName} ${n}`;
    const all: Record<string, string> = { 'index.html': page(text), ...files };
    const site = Object.fromEntries(Object.entries(all).filter(([, content]) => content !== ''));
    // An owner has only so many apps that never went live.
    const owner = `${ownName}@example.com`;
    const settings = {
      team: 'demo',
      name: ownName,
      title: ownName,
      owner,
      dataClass: 'internal',
      visibility: 'public',
    };
    const make = async (client: DrillClient): Promise<object> => {
      const zip = await siteZip(site);
      const artifact = upload ? { uploadId: await client.upload(zip) } : { zip: zip.toString('base64') };
      return { app: { ...settings, ...app }, artifact, dryRun };
    };
    const delivery: Delivery = { id: `${ownName}-${n}`, name: ownName, text, isDry: dryRun };
    // Once it was delivered it stays the same: what was uploaded is not uploaded anew.
    let made: object | undefined;
    return { delivery, body: async (client: DrillClient) => (made ??= await make(client)) };
  }
}

/** A publish takes a second here, and a minute where its steps are tried again. */
const PATIENCE_MS = 120_000;

/** Asks until the publish has ended (true) or waits for a person (false). */
async function ended(client: DrillClient, publishId: string): Promise<boolean> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await client.publish(publishId);
    if (ENDED.includes(status)) return status !== 'needs-answers';
    if (status === 'awaiting-approval') return false;
    if (Date.now() > until) throw new Error(`${publishId} is still ${status}`);
  }
}
