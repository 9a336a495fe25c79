import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import type { AppId, DecisionId, Instant } from '../ids/ids.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import {
  creating,
  parseRecord,
  type RecordType,
  readRecord,
  removing,
  type Versioned,
  writing,
} from '../records/record-type.ts';
import {
  type Decision,
  DecisionSchema,
  type Grant,
  GrantSchema,
  type OpenQuestion,
  OpenQuestionSchema,
} from './decision.ts';

export const DecisionType: RecordType<Decision> = {
  schema: DecisionSchema,
  key: (decision) => ({ pk: `decision#${decision.decisionId}`, sk: 'decision' }),
  index: (decision) => ({
    state: { pk: `decision-state#${decision.state}`, sk: `${decision.createdAt}#${decision.decisionId}` },
  }),
};

export const GrantType: RecordType<Grant> = {
  schema: GrantSchema,
  key: (grant) => ({ pk: `app#${grant.appId}`, sk: `grant#${grant.subject}` }),
};

export const OpenQuestionType: RecordType<OpenQuestion> = {
  schema: OpenQuestionSchema,
  key: (open) => ({ pk: `app#${open.appId}`, sk: `open#${open.kind}#${open.subject}` }),
};

export class Decisions {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(decisionId: DecisionId): Promise<Versioned<Decision> | undefined> {
    return readRecord(this.#store, DecisionType, { pk: `decision#${decisionId}`, sk: 'decision' });
  }

  async findOpen(
    appId: AppId,
    kind: 'approve',
    subject: string,
  ): Promise<Versioned<OpenQuestion> | undefined> {
    return readRecord(this.#store, OpenQuestionType, { pk: `app#${appId}`, sk: `open#${kind}#${subject}` });
  }

  /** Open questions, oldest first. An index read: a hint. */
  async open(): Promise<Decision[]> {
    const decisions: Decision[] = [];
    for await (const stored of queryAll(this.#store, { index: 'state', partition: 'decision-state#open' })) {
      decisions.push(parseRecord(DecisionType, stored).value);
    }
    return decisions;
  }

  /** The subjects granted to an app that still hold. */
  async grants(appId: AppId, now: Instant): Promise<string[]> {
    const subjects: string[] = [];
    for await (const stored of queryAll(this.#store, {
      partition: `app#${appId}`,
      range: { prefix: 'grant#' },
    })) {
      const { value } = parseRecord(GrantType, stored);
      if (value.until > now) subjects.push(value.subject);
    }
    return subjects;
  }

  changing(read: Versioned<Decision> | undefined, next: Decision, happening: Happening): Operation[] {
    const audit = auditing(`decision#${next.decisionId}`, read ? read.value : NO_AUDIT, happening);
    return [writing(DecisionType, read, { ...next, ...audit.head }), audit.operation];
  }

  opening(open: OpenQuestion): Operation {
    return creating(OpenQuestionType, open);
  }

  closing(open: Versioned<OpenQuestion>): Operation {
    return removing(OpenQuestionType, open);
  }

  async granting(grant: Grant): Promise<Operation> {
    const key = { pk: `app#${grant.appId}`, sk: `grant#${grant.subject}` };
    return writing(GrantType, await readRecord(this.#store, GrantType, key), grant);
  }
}
