import { type Command, Option } from 'commander';
import { DATA_CLASSES, Tier, Visibility } from '../../shared/apps/settings.ts';
import { answerQuestions } from '../answer-questions.ts';
import type { PublishAnswer } from '../api-types.ts';
import { type AppOptions, appFields } from '../app-fields.ts';
import { type Call, type Define, example } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { followPublish } from '../follow-publish.ts';
import { repeated, wholeNumber } from '../option-values.ts';
import { count, formatSize } from '../output.ts';
import { exitCodeFor, publishReport } from '../publish-report.ts';
import { sendPublish } from '../send-publish.ts';
import { explained, notYet, openSite, type Site } from '../site.ts';
import { checkSite } from '../site-findings.ts';
import { limitsOf } from '../site-limits.ts';

interface Options extends AppOptions {
  /** `false` with `--no-wait`. */
  wait?: boolean;
}

export const publish: Define = (command, act) => {
  command
    .description(
      'Publishes a folder or a zip file: checks it, gives it an address, and says what to fix when something is in the ' +
        'way. What is not given here is taken from cottage.json in the folder, then guessed.',
    )
    .argument('<folder|zip>', 'the finished site: index.html at its top');
  appOptions(command).option('--no-wait', 'do not wait until it is live');
  example(
    command,
    'cottage publish ./lunch-menu',
    'cottage publish lunch.zip --team demo --data-class internal',
  );
  act<Options>(command, (call) => send(call, { dryRun: false }));
};

export const check: Define = (command, act) => {
  command
    .description('Checks a folder or a zip file exactly as publish does. Nothing goes live.')
    .argument('<folder|zip>', 'the finished site: index.html at its top');
  appOptions(command);
  example(command, 'cottage check ./lunch-menu');
  act<Options>(command, (call) => send(call, { dryRun: true }));
};

function appOptions(command: Command): Command {
  return command
    .option('--team <team>', 'the team it belongs to')
    .option('--name <name>', 'its name in the address: a-z, 0-9 and - (else: from the folder)')
    .option('--title <title>', 'what people call it (else: the title of the first page)')
    .option('--owner <mail>', 'who answers for it (else: your address in git)')
    .option('--co-owner <mail>', 'somebody who answers for it too; may be repeated', repeated)
    .addOption(new Option('--data-class <class>', 'what kind of data it shows').choices(DATA_CLASSES))
    .addOption(new Option('--visibility <who>', 'who may see it').choices(Visibility.options))
    .addOption(new Option('--tier <tier>', 'how it is hosted').choices(Tier.options))
    .option('--cost-center <code>', 'who pays for it')
    .option('--expires-in-days <days>', 'when to ask whether it is still needed', wholeNumber)
    .option('--integration <host>', 'another service it may use; may be repeated', repeated)
    .option('--spa', 'addresses without a page of their own show the first page');
}

async function send(call: Call<Options>, { dryRun }: { dryRun: boolean }): Promise<ExitCode> {
  const { options, output, io } = call;
  const path = call.args[0] ?? '.';
  const client = call.client();
  const site = await openSite(path, limitsOf(client));
  try {
    await refuseUnfit(site, path);
    const app = await appFields(site, path, options, { team: client.target.team, io });
    const archive = await explained(path, () => site.pack());
    try {
      const verb = dryRun ? 'Checking' : 'Publishing';
      const what = `${count(site.files.length, 'file')}, ${formatSize(archive.sizeBytes)}`;
      output.progress(`${verb} “${app.title}” (${app.team}/${app.name}): ${what}`);
      for (const line of stayHome(site)) output.progress(line);
      const accepted = await sendPublish(client, { app, archive, dryRun });
      if (options.wait === false) {
        output.result(accepted, [
          'It is on its way.',
          `To see how it gets on: cottage status ${accepted.publishId}`,
        ]);
        return EXIT.fine;
      }
      return await follow(accepted.statusUrl, call, client);
    } finally {
      await archive.dispose();
    }
  } finally {
    await site.close();
  }
}

async function follow(
  statusUrl: string,
  call: Call<Options>,
  client: ReturnType<Call['client']>,
): Promise<ExitCode> {
  const { io, output } = call;
  const watch = (): Promise<PublishAnswer> =>
    followPublish(statusUrl, client, io.pause, (line) => output.progress(line));
  let answer = await watch();
  // In JSON nobody reads questions; scripts get exit code 4 and the flag to use.
  if (answer.status === 'needs-answers' && io.interactive && !output.json) {
    await answerQuestions(answer, statusUrl, client, io);
    answer = await watch();
  }
  output.result(answer, publishReport(answer));
  return exitCodeFor(answer);
}

/** What would be refused anyway is said before anything is sent. */
async function refuseUnfit(site: Site, path: string): Promise<void> {
  const { findings, builtFolder } = await checkSite(site);
  if (findings.length === 0) return;
  throw builtFolder === undefined
    ? notYet(path, findings)
    : notYet(path, findings, `The finished site seems to be in ${path}/${builtFolder}: publish that folder.`);
}

function stayHome({ leftOut, links }: Site): string[] {
  return [
    ...(leftOut.length > 0 ? [`  Left out, because visitors must not get them: ${named(leftOut)}`] : []),
    ...(links.length > 0 ? [`  Left out, because they only point somewhere else: ${named(links)}`] : []),
  ];
}

const NAMED = 5;

function named(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return paths.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
