import type { Output } from './output.ts';

/** Prints JSON lines as they come, or with `--json` as one document that holds them all under `name`. */
export async function printLines(lines: AsyncIterable<string>, name: string, output: Output): Promise<void> {
  if (!output.json) {
    for await (const line of lines) output.jsonLine(line);
    return;
  }
  const all: unknown[] = [];
  for await (const line of lines) all.push(JSON.parse(line));
  output.result({ [name]: all }, []);
}
