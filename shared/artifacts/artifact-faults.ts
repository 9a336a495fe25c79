import { CottageError } from '../errors/errors.ts';
import { cleanText } from '../findings/clean.ts';

/** Why an archive is refused as a whole. Closed: every code has its texts in the findings. */
export type HostileCode =
  | 'artifact/not-a-zip'
  | 'artifact/empty'
  | 'artifact/truncated'
  | 'artifact/too-large'
  | 'artifact/unpacked-too-large'
  | 'artifact/too-many-files'
  | 'artifact/ratio'
  | 'artifact/path-too-long'
  | 'artifact/path-too-deep'
  | 'artifact/path-traversal'
  | 'artifact/link'
  | 'artifact/special-file'
  | 'artifact/encrypted'
  | 'artifact/multi-disk'
  | 'artifact/unknown-method'
  | 'artifact/crc'
  | 'artifact/size-mismatch'
  | 'artifact/overlap'
  | 'artifact/duplicate-name'
  | 'artifact/name-collision'
  | 'artifact/name-invalid'
  | 'artifact/file-too-large';

/** What was mended without asking, and is told. */
export type NoteCode = 'artifact/wrapped' | 'artifact/clutter-removed';

/** What is wrong with a sound archive as a web app. */
export type ShapeCode =
  | 'artifact/index-missing'
  | 'artifact/source-not-build'
  | 'artifact/file-too-large'
  | 'artifact/reserved-path';

/** Facts about a fault, for whoever words it: `{sizeBytes, limitBytes}`, `{reason: 'backslash'}`, ... Names in it are printable. */
export type FaultDetail = Readonly<Record<string, string | number | readonly string[]>>;

/** A fault as a value; `entry` is printable whatever the archive called it. */
export interface ArtifactFault<Code extends string = HostileCode | NoteCode | ShapeCode> {
  code: Code;
  entry?: string;
  detail: FaultDetail;
}

/** The archive is refused as a whole; nothing of it may be used. */
export class HostileArtifact extends CottageError implements ArtifactFault<HostileCode> {
  override readonly name = 'HostileArtifact';
  readonly code: HostileCode;
  readonly entry?: string;
  readonly detail: FaultDetail;
  constructor(code: HostileCode, detail: FaultDetail = {}, entry?: string) {
    const shown = entry === undefined ? undefined : shownName(entry);
    super(`${code}${shown === undefined ? '' : ` in ${shown}`} ${JSON.stringify(detail)}`);
    this.code = code;
    this.detail = detail;
    if (shown !== undefined) this.entry = shown;
  }
}

const SHOWN_CHARS = 200;

/** A name from an archive, fit for a log line or a page. */
export const shownName = (name: string): string => cleanText(name, SHOWN_CHARS);
