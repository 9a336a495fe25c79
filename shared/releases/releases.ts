import type { AppId, ReleaseId } from '../ids/ids.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import {
  parseRecord,
  type RecordType,
  readRecord,
  removing,
  type Versioned,
  writing,
} from '../records/record-type.ts';
import { type Release, ReleaseSchema } from './release.ts';

export const ReleaseType: RecordType<Release> = {
  schema: ReleaseSchema,
  key: (release) => ({ pk: `app#${release.appId}`, sk: `release#${release.release}` }),
};

/** Where a release's files stand. */
export const releasePrefix = (appId: AppId, release: ReleaseId): string => `apps/${appId}/${release}/`;

export class Releases {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(appId: AppId, release: ReleaseId): Promise<Versioned<Release> | undefined> {
    return readRecord(this.#store, ReleaseType, { pk: `app#${appId}`, sk: `release#${release}` });
  }

  async ofApp(appId: AppId): Promise<Versioned<Release>[]> {
    const releases: Versioned<Release>[] = [];
    for await (const stored of queryAll(this.#store, {
      partition: `app#${appId}`,
      range: { prefix: 'release#' },
    })) {
      releases.push(parseRecord(ReleaseType, stored));
    }
    return releases;
  }

  removing(read: Versioned<Release>): Operation {
    return removing(ReleaseType, read);
  }

  changing(read: Versioned<Release> | undefined, next: Release): Operation {
    return writing(ReleaseType, read, next);
  }
}
