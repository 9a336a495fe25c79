import type { DatabaseSync } from 'node:sqlite';

/**
 * Files stand before their records, or beside others that came after the picture was taken. Which record each kind must
 * have; a path that fits no line stays in the backup. None of this loses anything: what a publish still needs, it makes
 * again.
 */
const KINDS: readonly { path: RegExp; records: (...ids: string[]) => { pk: string; sk: string }[] }[] = [
  {
    path: /^blobs\/incoming\/(p_[a-z2-7]+|u_[a-z2-7]+)\.zip\//,
    records: (id) => [
      { pk: `publish#${id}`, sk: 'publish' },
      { pk: `upload#${id}`, sk: 'upload' },
    ],
  },
  { path: /^blobs\/work\/(p_[a-z2-7]+)\.json\//, records: (id) => [{ pk: `publish#${id}`, sk: 'publish' }] },
  {
    path: /^blobs\/(?:apps|manifests)\/(a_[a-z2-7]+)\/(r_[a-z2-7]+)\.(?:pack$|json\/)/,
    records: (app, release) => [{ pk: `app#${app}`, sk: `release#${release}` }],
  },
];

const CERTIFICATE = /^certificates\/(c_[a-z2-7]+)\.json$/;

/** Whether a file of a snapshot is of the instant its database speaks of, or came later and nothing leads to it. */
export function namedFiles(database: DatabaseSync): (path: string) => boolean {
  const record = database.prepare('SELECT 1 FROM records WHERE pk = ? AND sk = ?');
  const certificates = certificatesIn(database);
  return (path) => {
    const certificate = CERTIFICATE.exec(path)?.[1];
    if (certificate !== undefined) return certificates?.has(certificate) ?? true;
    for (const kind of KINDS) {
      const [found, ...ids] = kind.path.exec(path) ?? [];
      if (found === undefined) continue;
      return kind.records(...ids).some(({ pk, sk }) => record.get(pk, sk) !== undefined);
    }
    return true;
  };
}

/** Those a team or an app names; undefined when a record is damaged and may have named any. */
function certificatesIn(database: DatabaseSync): Set<string> | undefined {
  const rows = database.prepare(`SELECT data FROM records WHERE sk IN ('team', 'app')`).all();
  try {
    const ids = rows.map(
      ({ data }) => (JSON.parse(String(data)) as { certificateId?: string }).certificateId,
    );
    return new Set(ids.filter((id) => id !== undefined));
  } catch {
    return undefined;
  }
}
