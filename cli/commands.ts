import type { Define } from './command.ts';

export interface CommandEntry {
  name: string;
  summary: string;
  /** Under which heading `cottage --help` lists it. */
  group: string;
  /** Reads the command's own file. Only the command that is asked for is read: starting up stays quick. */
  load: () => Promise<Define>;
}

const PUBLISHING = 'Publishing:';
const APPS = 'Apps:';
const PEOPLE = 'Teams, platforms and decisions:';
const RUNNING = 'Running Cottage:';

/** Every command, in the order in which `cottage --help` lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'start Cottage on this machine',
    group: RUNNING,
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'publish',
    summary: 'publish a folder or a zip file and follow it until it is live',
    group: PUBLISHING,
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  {
    name: 'check',
    summary: 'check a folder or a zip file without publishing it',
    group: PUBLISHING,
    load: async () => (await import('./commands/publish.ts')).check,
  },
  {
    name: 'status',
    summary: 'show how a publish is getting on, or how it ended',
    group: PUBLISHING,
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'history',
    summary: 'show every step of a publish, of a team or of an app’s end, for admins',
    group: PUBLISHING,
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'open',
    summary: 'look at an app in the browser',
    group: APPS,
    load: async () => (await import('./commands/open.ts')).open,
  },
  {
    name: 'list',
    summary: 'list the apps',
    group: APPS,
    load: async () => (await import('./commands/apps.ts')).list,
  },
  {
    name: 'show',
    summary: 'show everything about an app',
    group: APPS,
    load: async () => (await import('./commands/apps.ts')).show,
  },
  {
    name: 'why',
    summary: 'say in one sentence what state an app is in, and why',
    group: APPS,
    load: async () => (await import('./commands/apps.ts')).why,
  },
  {
    name: 'rollback',
    summary: 'go back to an earlier version and stay there',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).rollback,
  },
  {
    name: 'unpin',
    summary: 'let new versions go live again after a rollback',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).unpin,
  },
  {
    name: 'promote',
    summary: 'put the version that is ready and waiting live',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).promote,
  },
  {
    name: 'hold',
    summary: 'take an app off the air, with a reason',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).hold,
  },
  {
    name: 'release',
    summary: 'end a hold',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).release,
  },
  {
    name: 'renew',
    summary: 'keep an app for longer',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).renew,
  },
  {
    name: 'archive',
    summary: 'put an app away; it can be restored',
    group: APPS,
    load: async () => (await import('./commands/change-app.ts')).archive,
  },
  {
    name: 'retire',
    summary: 'take an app down for good',
    group: APPS,
    load: async () => (await import('./commands/retire.ts')).retire,
  },
  {
    name: 'restore',
    summary: 'bring an archived app back, or everything from a backup',
    group: APPS,
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'decide',
    summary: 'list what waits for an answer, or answer it',
    group: PEOPLE,
    load: async () => (await import('./commands/decide.ts')).decide,
  },
  {
    name: 'team',
    summary: 'add a team, remove one, or list them',
    group: PEOPLE,
    load: async () => (await import('./commands/team.ts')).team,
  },
  {
    name: 'platform',
    summary: 'add a low-code platform, list them, or renew a secret',
    group: PEOPLE,
    load: async () => (await import('./commands/platform.ts')).platform,
  },
  {
    name: 'mailbox',
    summary: 'print the address of the mailbox page',
    group: RUNNING,
    load: async () => (await import('./commands/mailbox.ts')).mailbox,
  },
  {
    name: 'trust',
    summary: 'let this machine trust the addresses of local apps, or stop that',
    group: RUNNING,
    load: async () => (await import('./commands/trust.ts')).trust,
  },
  {
    name: 'clock',
    summary: 'move the virtual clock, to try out what happens later',
    group: RUNNING,
    load: async () => (await import('./commands/clock.ts')).clock,
  },
  {
    name: 'backup',
    summary: 'write everything to one file, while Cottage runs',
    group: RUNNING,
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'doctor',
    summary: 'compare everything with everything and list what is wrong',
    group: RUNNING,
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'audit',
    summary: 'verify or export the record of who did what',
    group: RUNNING,
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  {
    name: 'events',
    summary: 'print what happened, for other programs to read',
    group: RUNNING,
    load: async () => (await import('./commands/events.ts')).events,
  },
];
