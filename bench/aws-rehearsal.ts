import { makeWorld, type World } from '../test/rehearsal/world.ts';
import { sum, type Usage } from './aws-prices.ts';
import { type Invocation, Meter, usageOfExecution, usageOfFunctions } from './aws-usage.ts';
import { siteZip } from './site.ts';

const DAY_MS = 86_400_000;
const ADMIN = 'admin@example.com';
const APPROVER = 'bea@example.com';
const TEAM = 'finance';
const APP = {
  team: TEAM,
  name: 'lunch',
  title: 'Lunch',
  owner: 'ana@example.com',
  dataClass: 'internal',
  visibility: 'public',
};

/** What has happened since the last bill. */
interface Watched {
  invocations: Invocation[];
  visits: number;
}

/** What something used, and the functions it called. */
export interface Used {
  usage: Usage;
  functions: string[];
}

export interface BilledWorldOptions {
  /** How long every function works, beside waiting for AWS; absent, as long as it does here. */
  handlerMs?: number | undefined;
  /** What needs nobody's yes in the team. */
  standingGrants?: string[];
}

/** Cottage on AWS, through its real functions over fakes of AWS (`test/rehearsal/`), as it would be billed. */
export class BilledWorld {
  readonly #world: World;
  readonly #meter = new Meter();
  readonly #watched: Watched;
  readonly #billedExecutions = new Set<string>();
  #site = 0;
  #statusPath = '';
  #read = 0;

  private constructor(world: World, watched: Watched) {
    this.#world = world;
    this.#watched = watched;
  }

  /** A team and a platform are there, and nothing else. Close it. */
  static async open({ handlerMs, standingGrants = [] }: BilledWorldOptions): Promise<BilledWorld> {
    const watched: Watched = { invocations: [], visits: 0 };
    const watch = {
      invoked: (name: string, ms: number) => void watched.invocations.push({ name, ms: handlerMs ?? ms }),
      visited: () => void (watched.visits += 1),
    };
    const world = await makeWorld({ attempts: 3, watch });
    const billed = new BilledWorld(world, watched);
    const team = { name: TEAM, members: ['*'], approvers: [APPROVER], standingGrants };
    await world.as(ADMIN, { method: 'POST', path: '/v1/teams', body: team });
    await world.rest();
    const platform = { platformId: 'studio', teams: [TEAM] };
    const made = await world.as(ADMIN, { method: 'POST', path: '/v1/platforms', body: platform });
    world.secrets.set('studio', String(made.body['secret']));
    await billed.#bill();
    return billed;
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  /** Bytes of records that are kept. */
  get keptBytes(): number {
    return this.#meter.keptBytes();
  }

  /**
   * 25 files, 400 kB, of which a few bytes of the first page are others each time: uploaded, published, approved where it
   * has to be, and looked at once by the platform when all is done.
   * @throws Error when it does not go live.
   */
  async publish(): Promise<Used> {
    const world = this.#world;
    this.#site += 1;
    const id = `site-${this.#site}`;
    const uploadId = await world.upload('studio', `${id}-upload`, await siteZip(this.#site));
    const accepted = await world.hook('studio', 'publish', id, { app: APP, artifact: { uploadId } });
    await world.rest();
    const { statusUrl } = accepted.body as { statusUrl: string };
    const path = statusUrl.replace('https://cottage.example.com', '');
    this.#statusPath = path;
    let shown = await world.call({ path });
    if (shown.body['status'] === 'awaiting-approval') {
      const { decisionId } = shown.body['decision'] as { decisionId: string };
      const answer = { method: 'POST', path: `/v1/decisions/${decisionId}`, body: { option: 'approve' } };
      await world.as(APPROVER, answer);
      await world.rest();
      shown = await world.call({ path });
    }
    if (shown.body['status'] !== 'live') throw new Error(`not live: ${JSON.stringify(shown.body)}`);
    return this.#bill();
  }

  /** How the last publish goes: what a tool asks again and again until it has ended. */
  async look(): Promise<Used> {
    await this.#world.call({ path: this.#statusPath });
    return this.#bill();
  }

  /** So many days go by: what is due is done, and every night has its run. Nobody publishes, nobody visits. */
  async idle(days: number): Promise<Used> {
    const world = this.#world;
    for (let day = 0; day < days; day += 1) {
      world.account.clock.advance(DAY_MS);
      await world.rest();
      await world.wake('lifecycle-nightly');
    }
    return this.#bill();
  }

  /** One run of the sweep, with nothing due. */
  async sweep(): Promise<Used> {
    await this.#world.wake('lifecycle-sweep');
    return this.#bill();
  }

  /** What was used since this was asked last. */
  async #bill(): Promise<Used> {
    const { server, sfn } = this.#world.account;
    const calls = server.log.slice(this.#read);
    this.#read = server.log.length;
    const { visits } = this.#watched;
    const invocations = this.#watched.invocations.splice(0);
    this.#watched.visits = 0;
    const executions: Usage[] = [];
    for (const executionArn of Object.keys(await sfn.executions())) {
      if (this.#billedExecutions.has(executionArn)) continue;
      this.#billedExecutions.add(executionArn);
      const { events } = await sfn.operations.GetExecutionHistory({ executionArn, maxResults: 1_000 });
      executions.push(usageOfExecution(events));
    }
    const usage = sum(
      this.#meter.read(calls),
      usageOfFunctions(invocations, calls),
      ...executions,
      // What the edge is asked for it reads in the bucket, at worst.
      { edgeRequests: visits, wafRequests: visits, s3Reads: visits },
    );
    return { usage, functions: invocations.map(({ name }) => name) };
  }
}
