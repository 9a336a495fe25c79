import type { Instant } from '../ids/ids.ts';
import type { JsonObject } from '../records/record-store.ts';

/** Domain events for others to act on. */
export interface Events {
  /** Hands the event over durably; the same id again is the same event. */
  publish(event: DomainEvent): Promise<void>;
}

export interface DomainEvent {
  id: string;
  type: EventType;
  at: Instant;
  detail: JsonObject;
}

export type EventType =
  | 'AppPublished'
  | 'AppRolledBack'
  | 'AppHeld'
  | 'AppReleased'
  | 'AppArchived'
  | 'AppRestored'
  | 'AppExpiring'
  | 'PublishRefused'
  | 'PublishFailed'
  | 'AppRetired'
  | 'TeamAdded'
  | 'TeamRemoved';
