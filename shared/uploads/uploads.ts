import type { UploadId } from '../ids/ids.ts';
import { dueKeys } from '../records/due.ts';
import type { Operation, RecordStore } from '../records/record-store.ts';
import { creating, type RecordType, readRecord, removing, type Versioned } from '../records/record-type.ts';
import { type Upload, UploadSchema } from './upload.ts';

export const UploadType: RecordType<Upload> = {
  schema: UploadSchema,
  key: (upload) => ({ pk: `upload#${upload.uploadId}`, sk: 'upload' }),
  index: (upload) => dueKeys(upload.uploadId, upload.nextAction),
};

export class Uploads {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(uploadId: UploadId): Promise<Versioned<Upload> | undefined> {
    return readRecord(this.#store, UploadType, { pk: `upload#${uploadId}`, sk: 'upload' });
  }

  creating(upload: Upload): Operation {
    return creating(UploadType, upload);
  }

  removing(read: Versioned<Upload>): Operation {
    return removing(UploadType, read);
  }
}
