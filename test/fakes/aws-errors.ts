/** An error that a fake answers with, as the service would. */
export class AwsFault extends Error {
  override readonly name: string;
  readonly status: number;
  /** What the error carries beside its message, by the model: the reasons of a cancelled transaction, for instance. */
  readonly fields: Record<string, unknown>;

  constructor(name: string, status: number, message: string, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.fields = fields;
  }
}
