/** `error`: something does not work or is lost, or will be. `warning`: something is left over, and nobody is hurt yet. */
export type ProblemSeverity = 'error' | 'warning';

const BACKUP =
  'Put the latest backup back. Cottage changes nothing here by itself, so that you can look first.';
const REPOINT =
  'Run cottage hold for the app, then cottage release: each points its address anew. Its owner gets a mail of both.';
const LOG =
  'Look for it in the log: something keeps it from being done. Restarting Cottage tries everything again.';
const LEFTOVER = 'Nothing needs it. Remove it when Cottage is stopped, or leave it.';
const HISTORY =
  'Somebody changed history. Compare with a backup: cottage audit verify --head tells what and where.';

/** Every problem the doctor knows, with what to do; `docs/doctor.md` has a section for each. */
export const PROBLEM_CODES = {
  'record/damaged': { severity: 'error', fix: BACKUP },
  'record/misplaced': { severity: 'error', fix: BACKUP },
  'record/index': { severity: 'error', fix: BACKUP },
  'record/orphan': { severity: 'error', fix: BACKUP },
  'check/failed': {
    severity: 'error',
    fix: 'If it says that something is busy, look again later. Otherwise what it says is damaged: put the latest backup back.',
  },
  'record/unknown': {
    severity: 'warning',
    fix: 'A newer Cottage may have written it. Run that one, or put the latest backup of this one back.',
  },

  'name/lost': {
    severity: 'error',
    fix: 'Publish the app again under a free name, or put the latest backup back.',
  },
  'name/orphan': { severity: 'error', fix: BACKUP },
  'name/state': {
    severity: 'warning',
    fix: 'Publish the app again: its name is noted anew when it goes live.',
  },
  'team/missing': { severity: 'error', fix: BACKUP },
  'team/unfinished': {
    severity: 'error',
    fix: 'Read why with cottage history and the team, put it right, and run the same command again: it goes on from there.',
  },
  'app/unfinished': {
    severity: 'error',
    fix: 'Read why with cottage history and the app, put it right, and run cottage retire again: it goes on from there.',
  },
  'platform/missing': {
    severity: 'error',
    fix: BACKUP,
  },
  'platform/team-missing': { severity: 'warning', fix: 'Add the team with cottage team add.' },
  'app/host': { severity: 'error', fix: BACKUP },
  'app/sequence': { severity: 'error', fix: BACKUP },

  'edge/missing': { severity: 'error', fix: BACKUP },
  'edge/host': { severity: 'error', fix: BACKUP },
  'edge/differs': { severity: 'error', fix: REPOINT },
  'edge/orphan': { severity: 'error', fix: BACKUP },

  'dns/zone-missing': { severity: 'error', fix: BACKUP },
  'dns/zone-orphan': {
    severity: 'error',
    fix: 'Add the team it belongs to with cottage team add, or put a backup back.',
  },
  'dns/delegation': { severity: 'error', fix: BACKUP },
  'dns/address': { severity: 'error', fix: 'Restart Cottage: it lets every name follow to its address.' },
  'dns/missing': { severity: 'error', fix: BACKUP },
  'dns/differs': { severity: 'error', fix: BACKUP },
  'dns/foreign-mark': { severity: 'error', fix: BACKUP },
  'dns/orphan': { severity: 'error', fix: BACKUP },
  'dns/extra': {
    severity: 'warning',
    fix: 'Find out who made it, and why. Cottage never touches what it did not make.',
  },

  'certificate/bad': {
    severity: 'error',
    fix: 'One of your own: put a new one in its place. Otherwise put certificates/ of the latest backup back, and restart.',
  },
  'certificate/names': {
    severity: 'error',
    fix: 'One of your own: put a new one in its place. Otherwise put certificates/ of the latest backup back, and restart.',
  },
  'certificate/expiring': {
    severity: 'warning',
    fix: 'Put a new certificate in the place of the old one; Cottage reads it within a minute.',
  },
  'certificate/damaged': { severity: 'error', fix: 'Put this file of the latest backup back, and restart.' },
  'certificate/orphan': { severity: 'warning', fix: LEFTOVER },
  'certificate/authority': {
    severity: 'error',
    fix: 'Put ca.pem and ca-key.pem of the latest backup back, both, and restart.',
  },

  'release/missing': {
    severity: 'error',
    fix: 'Publish the app again, or go back to another release with cottage rollback.',
  },
  'release/incomplete': {
    severity: 'error',
    fix: 'Go back to another release with cottage rollback, or put the latest backup back.',
  },
  'release/altered': {
    severity: 'error',
    fix: 'Somebody changed it on disk. Go back to another release with cottage rollback, or put the latest backup back.',
  },
  'release/extra': {
    severity: 'error',
    fix: 'Somebody put it there: the edge serves it. Remove it when Cottage is stopped.',
  },
  'release/no-record': { severity: 'warning', fix: LEFTOVER },
  'release/stuck': {
    severity: 'warning',
    fix: 'Publish the app again: what is left of old releases is removed when it goes live.',
  },

  'publish/no-execution': {
    severity: 'error',
    fix: 'Publish the app again; that goes its own way. One whose execution broke is ended within a quarter of an hour.',
  },
  'publish/app-missing': { severity: 'error', fix: BACKUP },
  'publish/artifact-missing': {
    severity: 'error',
    fix: 'Publish the app again: the newer publish takes its place.',
  },
  'publish/no-question': { severity: 'error', fix: 'Publish the app again: the newer publish asks anew.' },
  'execution/orphan': { severity: 'error', fix: BACKUP },
  'execution/runs-on': {
    severity: 'warning',
    fix: 'Wait: it ends at its next step. What it does no longer counts.',
  },
  'decision/orphan': {
    severity: 'error',
    fix: 'Answer it with cottage decide: no. Nothing waits for it any more.',
  },
  'decision/unlisted': { severity: 'error', fix: BACKUP },
  'decision/overdue': { severity: 'error', fix: LOG },

  'due/overdue': { severity: 'error', fix: LOG },
  'due/missing': {
    severity: 'error',
    fix: 'For an app: cottage renew notes anew what comes next. For a publish: publish the app again.',
  },
  'effect/failing': { severity: 'warning', fix: LOG },

  'leftover/work': { severity: 'warning', fix: LEFTOVER },
  'leftover/artifact': { severity: 'warning', fix: LEFTOVER },
  'leftover/draft': { severity: 'warning', fix: LEFTOVER },
  'leftover/snapshot': { severity: 'warning', fix: 'Make a backup, or restart Cottage: both remove it.' },

  'audit/missing': { severity: 'error', fix: HISTORY },
  'audit/altered': { severity: 'error', fix: HISTORY },
  'audit/out-of-order': { severity: 'error', fix: HISTORY },
  'audit/added': { severity: 'error', fix: HISTORY },
  'audit/orphan': { severity: 'error', fix: HISTORY },
  'audit/rewritten': { severity: 'error', fix: HISTORY },
  'audit/forged': { severity: 'error', fix: HISTORY },
  'audit/older-database': {
    severity: 'error',
    fix: 'If you put a backup back yourself: move newer files out of audit-heads/. Otherwise somebody else did.',
  },

  'database/corrupt': { severity: 'error', fix: 'Stop Cottage and put the latest backup back.' },
  'database/foreign-keys': { severity: 'error', fix: BACKUP },
  'file/missing': { severity: 'error', fix: 'Put this file of the latest backup back, and restart Cottage.' },
  'file/damaged': { severity: 'error', fix: 'Put this file of the latest backup back, and restart Cottage.' },
  'file/permissions': {
    severity: 'error',
    fix: 'Only its owner may read it: chmod 600, 700 for a folder. And think about who has seen it.',
  },
  'credentials/differ': { severity: 'error', fix: 'Restart Cottage: it writes the file anew.' },
  'mail/damaged': {
    severity: 'warning',
    fix: 'The mail was sent. To read it on the mailbox page, put a backup of the file back.',
  },
  'disk/low': {
    severity: 'error',
    fix: 'Make room, or give the data folder a larger disk: without room nothing is published.',
  },
  'clock/behind': {
    severity: 'error',
    fix: 'Set the clock of this machine, and let it follow a time server.',
  },

  'signing-key/unusable': {
    severity: 'error',
    fix: 'Enable the key in the console of KMS, or cancel its deletion. Until then no link signed with it opens.',
  },
  'mail/unverified': {
    severity: 'error',
    fix: 'Enter the three DKIM records of the data stack into the zone of this domain, and wait until SES has seen them.',
  },
  'mail/paused': {
    severity: 'error',
    fix: 'Read in the console of SES why it stopped, put that right, and ask there for sending to be resumed.',
  },
  'mail/sandbox': {
    severity: 'error',
    fix: 'Request production access in the console of SES.',
  },
} as const satisfies Record<string, { severity: ProblemSeverity; fix: string }>;

export type ProblemKind = keyof typeof PROBLEM_CODES;

/** What a check says of something it found. */
export interface Found {
  code: ProblemKind;
  /** What people call it: `demo/lunch`, a host, a file. */
  subject: string;
  text: string;
}

/** Something that does not agree with something else, and what to do. */
export interface Problem extends Found {
  severity: ProblemSeverity;
  fix: string;
}

export const problemOf = (found: Found): Problem => ({ ...found, ...PROBLEM_CODES[found.code] });
