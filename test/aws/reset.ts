import { beforeAll } from 'vitest';
import { motoUrl } from './moto.ts';

// One moto serves all files, one after the other: each begins with nothing of the others.
beforeAll(async () => {
  await fetch(`${motoUrl()}/moto-api/reset`, { method: 'POST' });
});
