import type { Benchmark, RunOptions } from './benchmark.ts';
import { bombs } from './bombs.ts';
import type { Figure } from './figures.ts';
import { publishUpload } from './send.ts';
import { type Server, withServer } from './server.ts';

/** What the start leaves behind is collected in that time, or not at all. */
const QUIET_MS = 5_000;

/** Archives that would fill a memory or a disk, sent to a server as platforms send them. */
export const bomb: Benchmark = {
  name: 'bomb',
  summary: 'a gigabyte of zeros in a small archive, in four ways: memory while it is refused',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, { quick, progress }: RunOptions): Promise<Figure[]> {
  const idleMB = await server.settledMB(quick ? 500 : QUIET_MS);
  const figures: Figure[] = [];
  for (const { what, code, zip } of bombs()) {
    server.forgetPeak();
    const found = await refusalOf(zip, server);
    if (found !== code) throw new Error(`${what}: ${code} was expected, and ${found} came`);
    const peakMB = server.peakMB();
    progress(`${what}: ${code}`);
    figures.push({
      what: `${what}, above idle`,
      unit: 'MB',
      runs: 1,
      median: Math.max(0, peakMB - idleMB),
      aim: { median: 150 },
      note: `refused as ${code}; the archive has ${zip.length.toLocaleString('en-GB')} bytes, idle is ${Math.round(idleMB)} MB`,
    });
  }
  return figures;
}

/** The code an archive is refused with, or how its publish ended otherwise. */
async function refusalOf(zip: Buffer, server: Server): Promise<string> {
  const { status, findings } = await publishUpload(zip, 'bomb', server);
  return findings.find(({ severity }) => severity === 'block')?.code ?? status;
}
