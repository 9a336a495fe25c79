import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { parseRecord, type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { type Platform, PlatformSchema } from './platform.ts';

export const PlatformType: RecordType<Platform> = {
  schema: PlatformSchema,
  key: (platform) => ({ pk: `platform#${platform.platformId}`, sk: 'platform' }),
  index: (platform) => ({ team: { pk: 'platforms', sk: platform.platformId } }),
};

export class Platforms {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(platformId: string): Promise<Versioned<Platform> | undefined> {
    return readRecord(this.#store, PlatformType, { pk: `platform#${platformId}`, sk: 'platform' });
  }

  /** By id. An index read: a hint. */
  async all(): Promise<Platform[]> {
    const platforms: Platform[] = [];
    for await (const stored of queryAll(this.#store, { index: 'team', partition: 'platforms' })) {
      platforms.push(parseRecord(PlatformType, stored).value);
    }
    return platforms;
  }

  changing(read: Versioned<Platform> | undefined, next: Platform, happening: Happening): Operation[] {
    const audit = auditing(`platform#${next.platformId}`, read ? read.value : NO_AUDIT, happening);
    return [writing(PlatformType, read, { ...next, ...audit.head }), audit.operation];
  }
}
