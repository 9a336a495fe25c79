import type { TeamAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { followTeam } from '../follow-team.ts';
import { repeated, wholeNumber } from '../option-values.ts';
import { type Output, table } from '../output.ts';
import { teamPath } from '../references.ts';

interface TeamOptions {
  /** `false` with `--no-wait`. */
  wait?: boolean;
  title?: string;
  businessUnit?: string;
  costCenter?: string;
  member?: string[];
  lead?: string[];
  approver?: string[];
  grant?: string[];
  maxApps?: number;
  platform?: string[];
}

export const team: Define = (command, act) => {
  command.description('Teams own apps; each has its own part of the addresses.');
  const add = command
    .command('add')
    .summary('add a team')
    .description('Adds a team: its addresses, who belongs to it, who approves for it.')
    .argument('<name>', 'as it stands in addresses: a-z, 0-9 and -')
    .option('--title <title>', 'what people call it')
    .option('--business-unit <unit>', 'what it belongs to')
    .option('--cost-center <code>', 'who pays for its apps')
    .option(
      '--member <mail>',
      'who may own apps: a mail address, *@example.com or *; may be repeated',
      repeated,
    )
    .option('--lead <mail>', 'who leads it; may be repeated', repeated)
    .option('--approver <mail>', 'who says yes or no for it; may be repeated', repeated)
    .option(
      '--grant <subject>',
      'what needs no approval any more, for instance public; may be repeated',
      repeated,
    )
    .option('--max-apps <number>', 'how many apps it may have', wholeNumber)
    .option('--platform <id>', 'a platform that may publish for it; may be repeated', repeated)
    .option('--no-wait', 'do not wait until it is ready');
  example(
    add,
    'cottage team add finance --member "*@example.com" --approver ana@example.com --platform demo',
  );
  act<TeamOptions>(add, async ({ args, options, output, client, io }) => {
    const { member, lead, approver, grant, platform, wait, ...rest } = options;
    const body = {
      name: args[0],
      ...rest,
      ...(member && { members: member }),
      ...(lead && { leads: lead }),
      ...(approver && { approvers: approver }),
      ...(grant && { standingGrants: grant }),
      ...(platform && { platforms: platform }),
    };
    const begun = await client().post<TeamAnswer>('/v1/teams', body);
    const said = `Team ${begun.name} is being added. To see how far that is: cottage team list`;
    if (wait === false) return tell(begun, [said], output);
    const added = await followTeam(begun, 'ready', client(), io.pause, (line) => output.progress(line));
    return tell(added, [`Team ${added.name} is ready. Its apps live below ${added.zone}.`], output);
  });
  const remove = command
    .command('remove')
    .summary('remove a team that has no apps any more')
    .description('Removes a team without apps: its addresses first, then everything else. Its history stays.')
    .argument('<name>', 'the team')
    .option('--yes', 'do not ask whether that is meant')
    .option('--no-wait', 'do not wait until it is gone');
  example(remove, 'cottage team remove finance');
  act<{ yes?: true; wait?: boolean }>(remove, async ({ args, options, output, client, io }) => {
    const path = teamPath(args[0]);
    await confirm(`Team ${args[0]} and its addresses will be gone.`, args[0] ?? '', options.yes, io);
    const begun = await client().delete<TeamAnswer>(path);
    const said = `Team ${begun.name} is being removed; that takes about two minutes.`;
    if (options.wait === false) return tell(begun, [said], output);
    output.progress(said);
    const gone = await followTeam(begun, 'removed', client(), io.pause, (line) => output.progress(line));
    return tell(
      gone,
      [`Team ${gone.name} is removed. No address below ${gone.zone} leads anywhere.`],
      output,
    );
  });
  const all = command.command('list').summary('list the teams').description('Lists the teams.');
  example(all, 'cottage team list');
  act(all, async ({ output, client }) => {
    const answer = await client().get<{ teams: TeamAnswer[] }>('/v1/teams');
    const rows = answer.teams.map(({ name, title, state, zone, members, maxApps }) => [
      name,
      title,
      state,
      zone,
      members.join(', '),
      String(maxApps),
    ]);
    output.result(
      answer,
      table(['TEAM', 'TITLE', 'STATE', 'ADDRESSES BELOW', 'MEMBERS', 'APPS AT MOST'], rows),
    );
    return EXIT.fine;
  });
  example(command, 'cottage team list');
};

/** A team that stands still is told as it is, with what to do. */
function tell(known: TeamAnswer, lines: string[], output: Output): ExitCode {
  output.result(known, known.summary === undefined ? lines : [known.summary]);
  return known.summary === undefined ? EXIT.fine : EXIT.failed;
}
