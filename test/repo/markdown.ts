/** The commands somebody may type, as a document shows them: code spans, and lines of code blocks, without `$ `. */
export function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const prose = markdown.replace(/^```[^\n]*\n[\s\S]*?^```/gm, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks.flatMap((block) => block.split('\n')), ...spans]
    .flatMap((line) => line.split(/&&|\||;/))
    .map((line) => line.trim().replace(/^\$ /, ''))
    .filter(Boolean);
}

/** The scripts of package.json that these commands run. */
export function npmScriptsIn(commands: string[]): string[] {
  return commands.flatMap((command) => {
    const [, run, short] = /^npm (?:run ([\w:.-]+)|(test|start)\b)/.exec(command) ?? [];
    return run ?? short ?? [];
  });
}

/** What follows `cottage` in these commands, up to the first word that is no plain word: `clock advance`. */
export function cottageCommandsIn(commands: string[]): string[] {
  return commands.flatMap((command) => {
    const words = /^(?:npx |npm run )?cottage (?:-- )?((?:[a-z][a-z-]*(?: |$)){1,2})/.exec(command)?.[1];
    return words?.trim() ?? [];
  });
}

/** Where links and images lead, without those out of the repository. */
export function linksIn(markdown: string): string[] {
  const prose = markdown.replace(/^```[^\n]*\n[\s\S]*?^```/gm, '').replace(/`[^`\n]+`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsIn(markdown: string): string[] {
  const prose = markdown.replace(/^```[^\n]*\n[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** The cells of every row of the table below this heading; its own head left out. */
export function rowsBelow(text: string, heading: string): string[][] {
  const section = text.split(`\n${heading}\n`)[1]?.split(/\n#{2,3} /)[0] ?? '';
  const rows = [...section.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  return rows.slice(1);
}
