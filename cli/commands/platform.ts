import type { PlatformAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { repeated } from '../option-values.ts';
import { formatInstant, pairs, table } from '../output.ts';
import { idOf } from '../references.ts';

interface AddedAnswer {
  platformId: string;
  secret: string;
  hookUrl: string;
}

interface RotatedAnswer {
  platformId: string;
  secret: string;
  previousGoodUntil: string;
}

export const platform: Define = (command, act) => {
  command.description('Platforms are the low-code tools that may publish, each with a secret to sign with.');
  const add = command
    .command('add')
    .summary('add a platform')
    .description(
      'Adds a low-code platform and prints its secret. It is shown this once: put it where it belongs.',
    )
    .argument('<platformId>', 'a short name: a-z, 0-9 and -')
    .requiredOption('--team <team>', 'a team it may publish for; may be repeated', repeated)
    .option('--title <title>', 'what people call it');
  example(add, 'cottage platform add retool --team finance');
  act<{ team: string[]; title?: string }>(add, async ({ args, options, output, client }) => {
    const { team, title } = options;
    const body = { platformId: args[0], teams: team, ...(title === undefined ? {} : { title }) };
    const added = await client().post<AddedAnswer>('/v1/platforms', body);
    const lines = pairs([
      ['platform', added.platformId],
      ['publishes to', added.hookUrl],
      ['secret', added.secret],
    ]);
    output.result(added, [...lines, '', 'The secret is not shown again.']);
    return EXIT.fine;
  });
  const all = command
    .command('list')
    .summary('list the platforms')
    .description('Lists the platforms, without secrets.');
  example(all, 'cottage platform list');
  act(all, async ({ output, client }) => {
    const answer = await client().get<{ platforms: PlatformAnswer[] }>('/v1/platforms');
    const rows = answer.platforms.map(({ platformId, title, teams }) => [
      platformId,
      title,
      teams.join(', '),
    ]);
    output.result(answer, table(['PLATFORM', 'TITLE', 'PUBLISHES FOR'], rows));
    return EXIT.fine;
  });
  const rotate = command
    .command('rotate')
    .summary('give a platform a new secret')
    .description(
      'Gives a platform a new secret and prints it, this once. The old one stays good for a while.',
    )
    .argument('<platformId>', 'which platform');
  example(rotate, 'cottage platform rotate retool');
  act(rotate, async ({ args, output, client }) => {
    const id = idOf('platform', args[0]);
    const rotated = await client().post<RotatedAnswer>(`/v1/platforms/${id}/rotate`);
    output.result(rotated, [
      `The new secret of ${rotated.platformId}: ${rotated.secret}`,
      `It is not shown again. The old one is good until ${formatInstant(rotated.previousGoodUntil)}.`,
    ]);
    return EXIT.fine;
  });
  example(command, 'cottage platform list');
};
