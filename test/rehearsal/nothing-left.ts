import type { Seen } from './observer.ts';

/** What the account holds when the story has ended: the apex as it was, the trail of what was, and no more. */
export const nothingLeft: Partial<Seen> = {
  zones: ['apps.example.com. apps.example.com. NS', 'apps.example.com. apps.example.com. SOA'],
  certificates: [],
  tenants: [],
  objects: [],
};
