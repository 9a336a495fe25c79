import type { EventType } from '../shared/events/events.ts';

const App = { appId: 'string', team: 'string', name: 'string' };
const Publish = { ...App, publishId: 'string' };

/** What `detail.data` of each event holds at least; others write rules by it. More fields may come, none of these goes. */
export const EVENT_DETAILS: Readonly<Record<EventType, Readonly<Record<string, string>>>> = {
  AppPublished: App,
  AppRolledBack: App,
  AppHeld: App,
  AppReleased: App,
  AppArchived: App,
  AppRestored: App,
  AppRetired: App,
  AppExpiring: App,
  PublishRefused: Publish,
  PublishFailed: Publish,
  TeamAdded: { team: 'string' },
  TeamRemoved: { team: 'string' },
};

/** The event as EventBridge delivers it, in the dialect its registry takes (draft 4). */
export function eventSchema(type: EventType, source: string): object {
  const fields = EVENT_DETAILS[type];
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    title: type,
    type: 'object',
    required: ['id', 'source', 'detail-type', 'time', 'detail'],
    properties: {
      id: { type: 'string' },
      source: { type: 'string', enum: [source] },
      'detail-type': { type: 'string', enum: [type] },
      time: { type: 'string', format: 'date-time' },
      detail: {
        type: 'object',
        required: ['id', 'at', 'data'],
        properties: {
          // The same for every delivery of the same event.
          id: { type: 'string' },
          at: { type: 'string', format: 'date-time' },
          data: {
            type: 'object',
            required: Object.keys(fields),
            properties: Object.fromEntries(
              Object.entries(fields).map(([name, kind]) => [name, { type: kind }]),
            ),
            additionalProperties: true,
          },
        },
      },
    },
  };
}
