import { buffer } from 'node:stream/consumers';
import type { BlobStore } from '../blobs/blob-store.ts';
import { NotFound } from '../errors/errors.ts';
import type { Examination } from './doctor.ts';

/** Each night's report takes the place of the one before; where versions of blobs are kept, those stay for a while. */
export const REPORT_KEY = 'doctor/latest.json';

/** Keeps a report, for those who ask where there is no time to examine everything. */
export async function keepReport(blobs: BlobStore, report: Examination): Promise<void> {
  await blobs.put(REPORT_KEY, Buffer.from(JSON.stringify(report)), { contentType: 'application/json' });
}

/** The last report that was kept; undefined before the first. */
export async function latestReport(blobs: BlobStore): Promise<Examination | undefined> {
  try {
    const blob = await blobs.get(REPORT_KEY);
    try {
      return JSON.parse((await buffer(blob.stream())).toString()) as Examination;
    } finally {
      await blob.close();
    }
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
