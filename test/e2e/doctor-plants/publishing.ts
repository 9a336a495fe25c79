import {
  beingBuilt,
  LONG_AGO,
  OTHER_APP,
  OTHER_PUBLISH,
  OTHER_RELEASE,
  openDecision,
  put,
  type Row,
} from './plant.ts';

/** What publishes make and leave. */
export const RELEASES: Row[] = [
  [
    'a file of a release that is gone',
    (d) => d.deps.blobs.delete(`${d.prefix}style.css`),
    ['release/incomplete'],
  ],
  [
    'a file of a release in another size',
    (d) => put(d, `${d.prefix}style.css`, 'longer than before, by far'),
    ['release/incomplete'],
  ],
  [
    'a file of a release with other bytes',
    (d) => put(d, `${d.prefix}style.css`, '/* Stow */'),
    ['release/altered'],
  ],
  [
    'a file of an older release with other bytes',
    (d) => put(d, `apps/${d.was.lunch.appId}/${d.was.first.release}/style.css`, '/* Soap */'),
    ['release/altered'],
  ],
  ['a file more in a release', (d) => put(d, `${d.prefix}evil.js`), ['release/extra']],
  ['a release without files', (d) => d.deps.blobs.delete(d.prefix, { prefix: true }), ['release/incomplete']],
  [
    'a release without its list of files',
    (d) => d.deps.blobs.delete(`manifests/${d.was.lunch.appId}/${d.was.second.release}.json`),
    ['release/incomplete'],
  ],
  [
    'a list of files that is no JSON',
    (d) => put(d, `manifests/${d.was.lunch.appId}/${d.was.second.release}.json`, '{'),
    ['release/altered'],
  ],
  [
    'a list of files that was changed with the file',
    async (d) => {
      const key = `manifests/${d.was.lunch.appId}/${d.was.second.release}.json`;
      const { sha256 } = await put(d, `${d.prefix}style.css`, '/* Stow */');
      const blob = await d.deps.blobs.get(key);
      const manifest = JSON.parse((await blob.read(0, blob.sizeBytes)).toString()) as {
        files: { path: string; sha256: string }[];
      };
      await blob.close();
      const files = manifest.files.map((one) => (one.path === 'style.css' ? { ...one, sha256 } : one));
      await put(d, key, JSON.stringify({ files }));
    },
    ['release/altered'],
  ],
  [
    'files of a release without a record',
    (d) => put(d, `apps/${d.was.lunch.appId}/${OTHER_RELEASE}/index.html`),
    ['release/no-record'],
  ],
  ['files of an app that is none', (d) => put(d, `apps/x/y/index.html`), ['release/no-record']],
  [
    'a list of files without a record',
    (d) => put(d, `manifests/${d.was.lunch.appId}/${OTHER_RELEASE}.json`),
    ['release/no-record'],
  ],
  [
    'a release whose record is gone',
    (d) => d.remove(d.lunchKey, `release#${d.was.first.release}`),
    ['release/missing', 'release/no-record'],
  ],
  [
    'a live release that is being removed',
    (d) => d.edit(d.lunchKey, `release#${d.was.second.release}`, { state: 'deleting' }),
    ['release/missing', 'release/stuck'],
  ],
  [
    'a release that waits and was collected',
    (d) =>
      d.edit(d.lunchKey, 'app', {
        ready: { seq: 1, release: OTHER_RELEASE, publishId: d.was.second.publishId },
      }),
    ['release/missing'],
  ],
  [
    'a release half built long ago',
    (d) => d.add(d.lunchKey, `release#${OTHER_RELEASE}`, beingBuilt(d, d.was.lunch.appId, LONG_AGO)),
    ['release/stuck'],
  ],
];

export const UNDER_WAY: Row[] = [
  [
    'a publish that runs without an execution',
    (d) => d.sql('DELETE FROM workflow_executions WHERE name = ?', `${d.was.dinner.publishId}-1`),
    ['publish/no-execution'],
  ],
  [
    'an execution that has ended under its publish',
    (d) =>
      d.sql(
        `UPDATE workflow_executions SET standing = '{"status":"FAILED","error":"x","endedAt":1}', rest = NULL, token = NULL WHERE name = ?`,
        `${d.was.dinner.publishId}-1`,
      ),
    ['publish/no-execution'],
  ],
  [
    'an execution of no publish',
    (d) =>
      d.sql(
        'UPDATE workflow_executions SET name = ? WHERE name = ?',
        `${OTHER_PUBLISH}-1`,
        `${d.was.dinner.publishId}-1`,
      ),
    ['execution/orphan', 'publish/no-execution'],
  ],
  [
    'an ended publish whose execution runs on',
    (d) => {
      d.edit(`publish#${d.was.dinner.publishId}`, 'publish', {
        status: 'failed',
        endedAt: LONG_AGO,
        nextAction: undefined,
      });
      d.sql(
        'UPDATE records SET due_pk = NULL, due_sk = NULL WHERE pk = ?',
        `publish#${d.was.dinner.publishId}`,
      );
    },
    ['decision/orphan', 'execution/runs-on', 'leftover/artifact', 'leftover/work'],
  ],
  [
    'a publish of no app',
    (d) => d.edit(`publish#${d.was.first.publishId}`, 'publish', { appId: OTHER_APP }),
    ['app/sequence', 'publish/app-missing', 'record/index'],
  ],
  [
    'a question nobody was asked',
    (d) => d.remove(openDecision(d), 'decision'),
    ['audit/orphan', 'decision/unlisted', 'publish/no-question'],
  ],
  [
    'a question of no publish',
    (d) => d.edit(openDecision(d), 'decision', { publishId: OTHER_PUBLISH }),
    ['decision/orphan', 'publish/no-question'],
  ],
  [
    'a question that was withdrawn while its publish waits',
    (d) => d.edit(openDecision(d), 'decision', { state: 'withdrawn' }),
    ['decision/unlisted', 'publish/no-question', 'record/index'],
  ],
  [
    'an open question that is not listed',
    (d) => d.sql("DELETE FROM records WHERE sk LIKE 'open#%'"),
    ['decision/unlisted'],
  ],
  [
    'a question that should be closed',
    (d) => d.edit(openDecision(d), 'decision', { dueAt: LONG_AGO }),
    ['decision/overdue'],
  ],
  [
    'an archive that is gone under a publish',
    (d) => d.deps.blobs.delete(`incoming/${d.was.dinner.publishId}.zip`),
    ['publish/artifact-missing'],
  ],
  [
    'an archive that is gone under a question',
    (d) => d.deps.blobs.delete(`incoming/${d.was.menu.publishId}.zip`),
    ['publish/artifact-missing'],
  ],
  [
    'an archive of a publish that has ended',
    (d) => put(d, `incoming/${d.was.first.publishId}.zip`),
    ['leftover/artifact'],
  ],
  ['an archive of no publish', (d) => put(d, `incoming/${OTHER_PUBLISH}.zip`), ['leftover/artifact']],
  ['an archive of no upload', (d) => d.remove(`upload#${d.was.uploadId}`, 'upload'), ['leftover/artifact']],
  ['an archive under an odd name', (d) => put(d, 'incoming/x'), ['leftover/artifact']],
  [
    'a listing of a publish that has ended',
    (d) => put(d, `work/${d.was.first.publishId}.json`),
    ['leftover/work'],
  ],
  ['a listing of no publish', (d) => put(d, `work/${OTHER_PUBLISH}.json`), ['leftover/work']],
];
