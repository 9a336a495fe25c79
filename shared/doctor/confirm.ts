import { CorruptRecord } from '../errors/errors.ts';

/**
 * What a record says when it is read by itself; `damaged` when it can't be. That it is damaged is told where all records
 * are read, and must not keep a check from going on.
 */
export async function orDamaged<T>(reading: Promise<T>): Promise<T | 'damaged'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CorruptRecord) return 'damaged';
    throw error;
  }
}
