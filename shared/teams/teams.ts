import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { parseRecord, type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { type Team, TeamSchema } from './team.ts';

export const TeamType: RecordType<Team> = {
  schema: TeamSchema,
  key: (team) => ({ pk: `team#${team.name}`, sk: 'team' }),
  index: (team) => ({ team: { pk: 'teams', sk: team.name } }),
};

export class Teams {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(name: string): Promise<Versioned<Team> | undefined> {
    return readRecord(this.#store, TeamType, { pk: `team#${name}`, sk: 'team' });
  }

  /** By name. An index read: a hint. */
  async all(): Promise<Team[]> {
    const teams: Team[] = [];
    for await (const stored of queryAll(this.#store, { index: 'team', partition: 'teams' })) {
      teams.push(parseRecord(TeamType, stored).value);
    }
    return teams;
  }

  changing(read: Versioned<Team> | undefined, next: Team, happening: Happening): Operation[] {
    const audit = auditing(`team#${next.name}`, read ? read.value : NO_AUDIT, happening);
    return [writing(TeamType, read, { ...next, ...audit.head }), audit.operation];
  }
}
