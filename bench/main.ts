import { parseArgs } from 'node:util';
import { archive } from './archive.ts';
import { awsCost } from './aws-cost.ts';
import { backup } from './backup.ts';
import type { Benchmark } from './benchmark.ts';
import { bomb } from './bomb.ts';
import { dns } from './dns.ts';
import { edge } from './edge.ts';
import { manyApps } from './many-apps.ts';
import { memory } from './memory.ts';
import { publishToLive } from './publish-to-live.ts';
import { describeMachine, load, type Outcome, toJson, toTable } from './report.ts';
import { rollback } from './rollback.ts';
import { runner } from './runner.ts';
import { sameBytes } from './same-bytes.ts';
import { cleanUp } from './server.ts';
import { start } from './start.ts';

const BENCHMARKS: readonly Benchmark[] = [
  publishToLive,
  sameBytes,
  rollback,
  manyApps,
  runner,
  start,
  memory,
  archive,
  bomb,
  backup,
  dns,
  edge,
  awsCost,
];

const HELP = `npm run bench -- [options]

Measures Cottage as people get it: a server in a process of its own, asked over HTTP and HTTPS on this machine.
Takes about a quarter of an hour. Ends with 1 only when a benchmark could not be run; a slow figure is a figure.

  --only <name>   one benchmark; may be given several times
  --quick         few runs, to see that the benchmarks work
  --json          one JSON document instead of the table
  --help          this text

Benchmarks:
${BENCHMARKS.map(({ name, summary }) => `  ${name.padEnd(12)}  ${summary}`).join('\n')}
`;

async function run(chosen: readonly Benchmark[], { quick, json }: { quick: boolean; json: boolean }) {
  const before = load();
  const outcomes: Outcome[] = [];
  for (const benchmark of chosen) {
    const { name } = benchmark;
    const progress = (text: string) => console.error(`${name}: ${text}`);
    progress('begins');
    try {
      outcomes.push({ benchmark: name, figures: await benchmark.run({ quick, progress }) });
    } catch (error) {
      outcomes.push({
        benchmark: name,
        figures: [],
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const report = { machine: describeMachine(), load: { before, after: load() }, quick, outcomes };
  console.log(json ? toJson(report) : toTable(report));
  return outcomes.some(({ error }) => error !== undefined) ? 1 : 0;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = (values.only ?? []).filter((name) => !BENCHMARKS.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}. Add --help to see which there are.`);
  return { ...values, chosen: BENCHMARKS.filter(({ name }) => values.only?.includes(name) ?? true) };
}

process.on('exit', cleanUp);
// Not the default, which ends without the line above.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

try {
  const { help, chosen, quick, json } = readArguments();
  if (help) console.log(HELP);
  else process.exitCode = await run(chosen, { quick, json });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
