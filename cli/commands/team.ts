import type { TeamAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { repeated, wholeNumber } from '../option-values.ts';
import { table } from '../output.ts';

interface TeamOptions {
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
    .option('--platform <id>', 'a platform that may publish for it; may be repeated', repeated);
  example(
    add,
    'cottage team add finance --member "*@example.com" --approver ana@example.com --platform demo',
  );
  act<TeamOptions>(add, async ({ args, options, output, client }) => {
    const { member, lead, approver, grant, platform, ...rest } = options;
    const body = {
      name: args[0],
      ...rest,
      ...(member && { members: member }),
      ...(lead && { leads: lead }),
      ...(approver && { approvers: approver }),
      ...(grant && { standingGrants: grant }),
      ...(platform && { platforms: platform }),
    };
    const added = await client().post<TeamAnswer>('/v1/teams', body);
    output.result(added, [`Team ${added.name} is there. Its apps live below ${added.zone}.`]);
    return EXIT.fine;
  });
  const all = command.command('list').summary('list the teams').description('Lists the teams.');
  example(all, 'cottage team list');
  act(all, async ({ output, client }) => {
    const answer = await client().get<{ teams: TeamAnswer[] }>('/v1/teams');
    const rows = answer.teams.map(({ name, title, zone, members, maxApps }) => [
      name,
      title,
      zone,
      members.join(', '),
      String(maxApps),
    ]);
    output.result(answer, table(['TEAM', 'TITLE', 'ADDRESSES BELOW', 'MEMBERS', 'APPS AT MOST'], rows));
    return EXIT.fine;
  });
  example(command, 'cottage team list');
};
