import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { parseRecord, type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { type Team, TeamSchema } from './team.ts';

export const TeamType: RecordType<Team> = {
  schema: TeamSchema,
  key: (team) => ({ pk: `team#${team.name}`, sk: 'team' }),
  index: (team) => ({ team: { pk: team.state === 'removed' ? 'former-teams' : 'teams', sk: team.name } }),
};

export class Teams {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** The team that goes by this name, whatever its state; one that was removed is not there. */
  async find(name: string): Promise<Versioned<Team> | undefined> {
    const read = await this.findRecord(name);
    return read?.value.state === 'removed' ? undefined : read;
  }

  /** The record, also of a team that was removed. */
  async findRecord(name: string): Promise<Versioned<Team> | undefined> {
    return readRecord(this.#store, TeamType, { pk: `team#${name}`, sk: 'team' });
  }

  /** By name, without those that were removed. An index read: a hint. */
  async all(): Promise<Team[]> {
    const teams: Team[] = [];
    for await (const stored of queryAll(this.#store, { index: 'team', partition: 'teams' })) {
      teams.push(parseRecord(TeamType, stored).value);
    }
    return teams;
  }

  /** The operations of one change: the record, and its audit entry when something happened. */
  changing(read: Versioned<Team> | undefined, next: Team, happening?: Happening): Operation[] {
    if (!happening) return [writing(TeamType, read, next)];
    const audit = auditing(`team#${next.name}`, read ? read.value : NO_AUDIT, happening);
    return [writing(TeamType, read, { ...next, ...audit.head }), audit.operation];
  }

  /** Makes a transaction fail when the team has changed since it was read: whoever removes it goes first. */
  unchanged(read: Versioned<Team>): Operation {
    return { op: 'check', key: TeamType.key(read.value), version: read.version };
  }
}
