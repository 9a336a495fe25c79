import { type Command, Option } from 'commander';
import { DATA_CLASSES, Tier, Visibility } from '../../shared/apps/settings.ts';
import { answerQuestions } from '../answer-questions.ts';
import type { PublishAnswer } from '../api-types.ts';
import { type AppOptions, appFields } from '../app-fields.ts';
import type { Client } from '../client.ts';
import { type Call, type Define, example } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { followPublish } from '../follow-publish.ts';
import { repeated, wholeNumber } from '../option-values.ts';
import { count, formatSize } from '../output.ts';
import { exitCodeFor, publishReport } from '../publish-report.ts';
import { remoteZip, UNSEEN } from '../remote-zip.ts';
import { sendPublish } from '../send-publish.ts';
import { explained, notYet, openSite, type Site } from '../site.ts';
import { checkSite } from '../site-findings.ts';
import { limitsOf } from '../site-limits.ts';

interface Options extends AppOptions {
  /** `false` with `--no-wait`. */
  wait?: boolean;
  sha256?: string;
}

export const publish: Define = (command, act) => {
  command
    .description(
      'Publishes a folder, or a zip file here or on the web: checks it, gives it an address, and says what to fix when something is in the ' +
        'way. What is not given here is taken from cottage.json in the folder, then guessed.',
    )
    .argument('<folder|zip|url>', 'the finished site: index.html at its top');
  appOptions(command).option('--no-wait', 'do not wait until it is live');
  example(
    command,
    'cottage publish ./lunch-menu',
    'cottage publish lunch.zip --team demo --data-class internal',
    `cottage publish https://files.example.com/lunch.zip --sha256 ${'5a'.repeat(32)}`,
  );
  act<Options>(command, (call) => send(call, { dryRun: false }));
};

export const check: Define = (command, act) => {
  command
    .description('Checks what publish would take, exactly as publish does. Nothing goes live.')
    .argument('<folder|zip|url>', 'the finished site: index.html at its top');
  appOptions(command);
  example(command, 'cottage check ./lunch-menu');
  act<Options>(command, (call) => send(call, { dryRun: true }));
};

function appOptions(command: Command): Command {
  return command
    .option('--sha256 <digits>', 'which file is meant, where a web address stands for it')
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
  const { options, io } = call;
  const path = call.args[0] ?? '.';
  const client = call.client();
  const defaults = { team: client.target.team, io };
  const remote = remoteZip(path, options.sha256);
  if (remote) {
    const app = await appFields(UNSEEN, remote.fileName, options, defaults);
    return sendArchive(call, client, { app, archive: remote, dryRun }, [`from ${remote.host}`]);
  }
  const site = await openSite(path, limitsOf(client));
  try {
    await refuseUnfit(site, path);
    const app = await appFields(site, path, options, defaults);
    const archive = await explained(path, () => site.pack());
    try {
      const what = `${count(site.files.length, 'file')}, ${formatSize(archive.sizeBytes)}`;
      return await sendArchive(call, client, { app, archive, dryRun }, [what, ...stayHome(site)]);
    } finally {
      await archive.dispose();
    }
  } finally {
    await site.close();
  }
}

async function sendArchive(
  call: Call<Options>,
  client: Client,
  sent: Parameters<typeof sendPublish>[1],
  [what, ...more]: string[],
): Promise<ExitCode> {
  const { options, output } = call;
  const { app, dryRun } = sent;
  const verb = dryRun ? 'Checking' : 'Publishing';
  output.progress(`${verb} “${app.title}” (${app.team}/${app.name}): ${what}`);
  for (const line of more) output.progress(line);
  const accepted = await sendPublish(client, sent);
  if (options.wait !== false) return follow(accepted.statusUrl, call, client);
  output.result(accepted, [
    'It is on its way.',
    `To see how it gets on: cottage status ${accepted.publishId}`,
  ]);
  return EXIT.fine;
}

async function follow(statusUrl: string, call: Call<Options>, client: Client): Promise<ExitCode> {
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
