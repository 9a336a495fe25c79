import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drill } from './drill.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    publishers: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Leaves the data folder, to look at. */
    keep: { type: 'boolean', default: false },
  },
});

const print = (line: string) => void process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'cottage-drill-'));
const [kills, publishers, seed] = [values.kills, values.publishers, values.seed].map(Number) as [
  number,
  number,
  number,
];
print(`${kills} kills under ${publishers} publishers, --seed ${seed}, in ${folder}`);
const { reports, states } = await drill({
  folder,
  kills,
  publishers,
  seed,
  onKill: ({ kill, afterAnswers, aim, states: at, accepted, startMs, restMs, faults }) => {
    const counted = Object.entries(Object.groupBy(at, (state) => state));
    const where = counted.map(([state, all = []]) => (all.length > 1 ? `${all.length} ${state}` : state));
    print(
      `${kill}: after ${afterAnswers} answers${aim === undefined ? '' : `, aimed at ${aim}`}, ${accepted} accepted; up in ${startMs} ms, at rest after ${restMs} ms; ` +
        `in: ${where.join(', ') || 'no state'}`,
    );
    for (const fault of faults) print(`   FAULT ${fault}`);
  },
});
const faults = reports.flatMap((report) => report.faults);
print(`${states.length} states: ${states.join(', ')}`);
print(`${reports.length} kills, ${faults.length} faults`);
if (!values.keep) rmSync(folder, { recursive: true, force: true });
process.exitCode = faults.length === 0 ? 0 : 1;
