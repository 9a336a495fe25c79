import type { AppAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { formatInstant, pairs, table } from '../output.ts';
import { appPath } from '../references.ts';

export const list: Define = (command, act) => {
  command
    .description('Lists the apps: state, address and owner.')
    .option('--team <team>', 'only those of one team');
  example(command, 'cottage list --team demo');
  act<{ team?: string }>(command, async ({ options, output, client }) => {
    const query = options.team === undefined ? '' : `?team=${encodeURIComponent(options.team)}`;
    const answer = await client().get<{ apps: AppAnswer[] }>(`/v1/apps${query}`);
    output.result(answer, appTable(answer.apps));
    return EXIT.fine;
  });
};

export const show: Define = (command, act) => {
  command.description('Shows everything the catalog knows about an app.').argument('<team/app>', 'the app');
  example(command, 'cottage show demo/hello');
  act(command, async ({ args, output, client }) => {
    const app = await client().get<AppAnswer>(appPath(args[0]));
    output.result(app, appLines(app));
    return EXIT.fine;
  });
};

export const why: Define = (command, act) => {
  command
    .description(
      'Says in one sentence what state an app is in, who brought it there and when, and what comes next.',
    )
    .argument('<team/app>', 'the app');
  example(command, 'cottage why demo/hello');
  act(command, async ({ args, output, client }) => {
    const app = await client().get<AppAnswer>(appPath(args[0]));
    output.result({ app: `${app.team}/${app.name}`, why: app.why }, [app.why]);
    return EXIT.fine;
  });
};

function appTable(apps: readonly AppAnswer[]): string[] {
  if (apps.length === 0) return ['No apps yet. Publish one with: cottage publish <folder>'];
  const rows = apps.map((app) => [
    `${app.team}/${app.name}`,
    stateOf(app),
    app.urls.production ?? '',
    app.owner,
    app.expiresAt === null ? '' : app.expiresAt.slice(0, 10),
  ]);
  return table(['APP', 'STATE', 'ADDRESS', 'OWNER', 'UNTIL'], rows);
}

/** The state, with what stands beside it. */
const stateOf = ({ state, hold, pin, retirement }: AppAnswer): string =>
  [
    state,
    ...(retirement === null || state === 'retired' ? [] : ['being retired']),
    ...(hold === null ? [] : ['on hold']),
    ...(pin === null ? [] : ['pinned']),
  ].join(', ');

/** An app's catalog entry as lines. */
export function appLines(app: AppAnswer): string[] {
  return [
    `${app.title} (${app.team}/${app.name})`,
    ...pairs([
      ['address', app.urls.production ?? 'none yet'],
      ['state', `${stateOf(app)} since ${formatInstant(app.stateSince)}`],
      ['hold', app.hold === null ? '' : `${app.hold.reason} (${app.hold.by}, ${formatInstant(app.hold.at)})`],
      ['owner', [app.owner, ...app.coOwners].join(', ')],
      ['business unit', app.businessUnit],
      ['data', app.dataClass ?? 'not said yet'],
      ['seen by', app.visibility],
      ['tier', app.tier],
      ['controls', app.requiredControls.join(', ')],
      ['cost centre', app.costCenter],
      ['billing tag', app.billingTag],
      ['monthly cost', `$${app.estimatedMonthlyCostUsd.toFixed(2)} (estimate)`],
      ['version', app.live === null ? 'none live' : `${app.live.release} (number ${app.live.seq})`],
      ['pinned', app.pin === null ? '' : `by ${app.pin.by}, ${formatInstant(app.pin.at)}`],
      ['ready', app.ready === null ? '' : app.ready.release],
      ['until', app.expiresAt === null ? '' : formatInstant(app.expiresAt)],
      [
        'next',
        app.nextAction === null ? '' : `${app.nextAction.action}, ${formatInstant(app.nextAction.at)}`,
      ],
      ['last publish', app.lastPublishId ?? ''],
    ]),
    '',
    app.why,
  ];
}
