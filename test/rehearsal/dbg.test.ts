
import { test } from 'vitest';
import { rehearse } from './faults.ts';
import { writeFileSync } from 'node:fs';
test('x', async () => {
  const t = performance.now();
  const only = process.env.KIND;
  const rows = await rehearse(Number(process.env.CH), (_call, kind) => only === undefined || kind === only);
  const bad = rows.filter((r) => r.outcome !== 'same');
  writeFileSync('/tmp/rows-' + process.env.CH + '.txt', bad.map((r) => `${r.outcome} ${r.call} ${r.kind} ${r.what}\n   ${r.why.replaceAll('\n', '\n   ').slice(0, 1500)}`).join('\n'));
  console.log(process.env.CH, rows.length, bad.filter((r) => r.outcome === 'wrong').length, bad.length, Math.round(performance.now() - t), 'ms');
}, 600000);
