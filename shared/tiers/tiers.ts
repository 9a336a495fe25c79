import type { Tier } from '../apps/settings.ts';

/** What each tier promises: the published table, one place. Prices are planning figures in US cents a month. */
export interface TierPromise {
  title: string;
  forWhom: string;
  availabilityPercent: string;
  backup: string;
  support: string;
  monthlyCents: number;
}

export const TIERS: Record<Tier, TierPromise> = {
  shared: {
    title: 'Shared',
    forWhom: 'Most apps: tools for a team or the company, without personal data.',
    availabilityPercent: '99.5',
    backup: 'The last ten releases are kept; going back takes a second.',
    support: 'Known failures mend themselves; the platform team answers on working days.',
    monthlyCents: 15,
  },
  isolated: {
    title: 'Isolated',
    forWhom: 'Personal or regulated data. Needs an approver’s yes.',
    availabilityPercent: '99.5',
    backup: 'The last ten releases are kept; going back takes a second.',
    support: 'The platform team answers within four working hours.',
    monthlyCents: 2500,
  },
  edge: {
    title: 'Edge',
    forWhom: 'Public apps with many visitors. Needs an approver’s yes.',
    availabilityPercent: '99.9',
    backup: 'The last ten releases are kept; going back takes a second.',
    support: 'The platform team is on call.',
    monthlyCents: 500,
  },
};
