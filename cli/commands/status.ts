import type { PublishAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { stageLine } from '../follow-publish.ts';
import { exitCodeFor, publishReport } from '../publish-report.ts';
import { idOf } from '../references.ts';

export const status: Define = (command, act) => {
  command
    .description(
      'Shows how a publish is getting on, or how it ended. Ends with the exit code publish would have had; 0 while it runs.',
    )
    .argument('<publishId>', 'as publish prints it');
  example(command, 'cottage status p_4mzq7c2kd3vtn6whx5jy2abcde');
  act(command, async ({ args, output, client }) => {
    const answer = await client().get<PublishAnswer>(`/v1/publishes/${idOf('publish', args[0])}`);
    const finished = answer.stages.filter(({ status: state }) => state === 'passed' || state === 'failed');
    output.result(answer, [...finished.map(stageLine), ...publishReport(answer)]);
    return exitCodeFor(answer);
  });
};
