import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { seeded } from '../builders/seeded.ts';
import { DrillClient, type Execution } from './client.ts';
import { CottageProcess, pass } from './cottage-process.ts';
import { walk } from './outside-walk.ts';
import { type Delivery, Publisher } from './publishers.ts';

export interface DrillOptions {
  folder: string;
  kills: number;
  publishers: number;
  seed: number;
  /** Told of each kill, for whoever watches. */
  onKill?: (report: KillReport) => void;
}

export interface KillReport {
  kill: number;
  /** It was killed when the tools had got so many answers. */
  afterAnswers: number;
  /** And, where it was aimed, when an execution was seen in this state. */
  aim?: string | undefined;
  /** The state each execution under way was in. */
  states: string[];
  /** Publishes accepted so far. */
  accepted: number;
  /** How long until it was up again, and until all it was asked to do was done. */
  startMs: number;
  restMs: number;
  faults: string[];
}

/** Tools ask all the time: that is about three seconds, in which publishes of every kind get under way. */
const MOST_ANSWERS = 1_500;
/** The states of the workflow, but for the one that takes back what does not work: here everything works. */
const AIMS = [
  'Unpack',
  'Validate',
  'Scan',
  'Check policy',
  'Await approval',
  'Deploy release',
  'Ensure certificate',
  'Bind name',
  'Ensure DNS',
  'Go live',
  'Verify',
  'Register',
  'Explain',
];
/** Most of a publish's time goes into few of them, so that most kills are aimed: at what is seen to run in one state. */
const AIMED = 0.7;
/** How much later the others come, in turns of our own. */
const MOST_TURNS = 4_000;

/** Of the starts after a kill so many are broken off as well, within about as long as one takes. */
const BROKEN_STARTS = 0.25;
const FIRST_STARTS = 4;
const START_TURNS = 150_000;
/** Now and then it dies when it has hardly begun. */
const SOON = 0.15;
const SOON_ANSWERS = 60;

/**
 * Kills a Cottage at random moments while tools publish, starts it again, waits until everything has come to rest, and
 * looks at everything, from inside (the doctor, the audit trail) and from outside.
 */
export async function drill(options: DrillOptions): Promise<{ reports: KillReport[]; states: string[] }> {
  const { folder, kills, publishers: count, seed, onKill } = options;
  const random = seeded(seed);
  const publishers = Array.from({ length: count }, (_, i) => new Publisher(i));
  const reports: KillReport[] = [];
  // The very first start is broken off again and again, too.
  for (let i = 0; i < FIRST_STARTS; i += 1) await CottageProcess.startAndKill(folder, random() * START_TURNS);
  let cottage = await CottageProcess.start(folder);
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const afterAnswers = 1 + Math.floor(random() * (random() < SOON ? SOON_ANSWERS : MOST_ANSWERS));
      const aim = random() < AIMED ? AIMS[Math.floor(random() * AIMS.length)] : undefined;
      const enough = Promise.withResolvers<void>();
      let answers = 0;
      const onAnswer = () => void ((answers += 1) === afterAnswers && enough.resolve());
      const working = publishers.map((publisher) => publisher.work(new DrillClient(cottage, onAnswer)));
      await Promise.race([enough.promise, ...working]);
      if (aim === undefined) await pass(random() * MOST_TURNS);
      else await seenIn(aim, folder, () => answers > afterAnswers + MOST_ANSWERS);
      const killedAt = Date.now();
      await cottage.kill();
      await Promise.all(working);

      if (random() < BROKEN_STARTS) await CottageProcess.startAndKill(folder, random() * START_TURNS);
      cottage = await CottageProcess.start(folder);
      const startedAt = Date.now();
      const client = new DrillClient(cottage);
      const wereOver = new Set(
        publishers.flatMap(({ deliveries }) => deliveries.filter(({ isOver }) => isOver)),
      );
      await Promise.all(publishers.map((publisher) => publisher.settle(client)));
      const restMs = Date.now() - startedAt;
      const deliveries = publishers.flatMap((publisher) => publisher.deliveries);
      const wereNot = deliveries.filter((delivery) => !wereOver.has(delivery));
      const report = {
        kill,
        afterAnswers: answers,
        aim,
        states: await statesAt(killedAt, wereNot, client),
        accepted: deliveries.length,
        startMs: startedAt - killedAt,
        restMs,
        faults: [...(await insideFaults(client)), ...(await walk(cottage, client, deliveries))],
      };
      reports.push(report);
      onKill?.(report);
    }
  } finally {
    await cottage.kill();
  }
  return { reports, states: [...new Set(reports.flatMap((report) => report.states))].toSorted() };
}

/** Resolves when some execution is in this state, as its database shows to whoever reads it; or when it is too late. */
async function seenIn(state: string, folder: string, isTooLate: () => boolean): Promise<void> {
  const database = new DatabaseSync(join(folder, 'cottage.db'), { readOnly: true });
  try {
    const running = database.prepare(
      `SELECT 1 FROM workflow_executions WHERE rest IN ('called', 'token') AND json_extract(standing, '$.state') = ?`,
    );
    while (running.get(state) === undefined && !isTooLate()) await pass(1);
  } finally {
    database.close();
  }
}

async function insideFaults(client: DrillClient): Promise<string[]> {
  type Doctor = { problems: { code: string; subject: string; text: string }[] };
  const { problems } = await client.get<Doctor>('/v1/doctor?deep=true');
  const audit = await client.get<{ ok: boolean; faults: object[] }>('/v1/audit/verify');
  return [
    ...problems.map(({ code, subject, text }) => `doctor: ${code} ${subject}: ${text}`),
    ...audit.faults.map((fault) => `audit: ${JSON.stringify(fault)}`),
    ...(audit.ok ? [] : ['audit: not ok']),
  ];
}

/** The state that each execution which had begun and not ended by then had entered last. */
async function statesAt(
  killedAt: number,
  deliveries: readonly Delivery[],
  client: DrillClient,
): Promise<string[]> {
  const states: string[] = [];
  for (const { publishId = '' } of deliveries) {
    const { executions } = await client.get<{ executions: Execution[] }>(
      `/v1/publishes/${publishId}/history`,
    );
    for (const { events } of executions) {
      const earlier = events.filter(({ at }) => at <= killedAt);
      const isOver = earlier.some(({ type }) => type === 'ExecutionSucceeded' || type === 'ExecutionFailed');
      const entered = earlier.findLast(({ type }) => type === 'StateEntered');
      if (!isOver && entered?.state !== undefined) states.push(entered.state);
    }
  }
  return states.toSorted();
}
