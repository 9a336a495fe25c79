#!/usr/bin/env node
// JavaScript, unlike everything else here: an older Node can read it far enough to say that it is too old, and a newer
// one need not load its TypeScript compiler (60 ms and 15 MB) when all that follows is in the cache.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `Cottage needs Node 24 or newer; this is ${process.version}. ` +
      'Where npm brought its own Node 24, run: npm run cottage -- <command>\n',
  );
  process.exitCode = 1;
} else {
  // A reader that has seen enough (`cottage events | head`) is no fault.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { enableCompileCache } = await import('node:module');
  const { fileURLToPath } = await import('node:url');
  // Stripping the types and compiling takes a third of the time of a short command; Node remembers both for next time.
  // Beside the packages, where only those may write who may change the code: not in a folder for everybody's files.
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)));
  const { run } = await import('./main.ts');
  const { terminal } = await import('./terminal.ts');
  process.exitCode = await run(process.argv.slice(2), terminal());
}
