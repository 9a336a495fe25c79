#!/usr/bin/env node
// Nothing is imported before the version is known: what is needed later may not exist in an older Node.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `Cottage needs Node 24 or newer; this is ${process.version}. ` +
      'Where npm brought its own Node 24, run: npm run cottage -- <command>\n',
  );
  process.exitCode = 1;
} else {
  // A reader that has seen enough (`cottage events | head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { enableCompileCache } = await import('node:module');
  // Stripping the types and compiling takes a third of the time of a short command; Node remembers both for next time.
  enableCompileCache();
  const { run } = await import('./main.ts');
  const { terminal } = await import('./terminal.ts');
  process.exitCode = await run(process.argv.slice(2), terminal());
}
