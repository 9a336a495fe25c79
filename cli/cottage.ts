#!/usr/bin/env node
// For whoever runs the TypeScript by its name; npm and the command `cottage` begin at cottage.js, which is quicker.
await import(new URL('cottage.js', import.meta.url).href);
