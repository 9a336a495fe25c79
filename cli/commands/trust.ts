import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Call, type Define, example } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { CommandFailed } from '../failures.ts';
import { commandLine, planTrust, type TrustStep } from '../trust-plan.ts';

interface Options {
  remove?: boolean;
  dryRun?: boolean;
}

export const trust: Define = (command, act) => {
  command
    .description(
      'Apps on this machine have certificates that Cottage signed itself, so browsers warn about them. This command lets ' +
        'the machine trust them, and says beforehand what it will do.',
    )
    .option('--remove', 'undo it')
    .option('--dry-run', 'only say what would be done');
  example(command, 'cottage trust --dry-run', 'cottage trust');
  act<Options>(command, change);
};

type Outcome = { done: boolean; note?: string };

async function change({ options, output, io }: Call<Options>): Promise<ExitCode> {
  const { remove = false, dryRun = false } = options;
  const caPath = resolve(io.environment.dataFolder, 'ca.pem');
  const sha1 = fingerprint(caPath, remove);
  const { home } = io.environment;
  const facts = { home, browserStores: await browserStores(io), ...(sha1 === undefined ? {} : { sha1 }) };
  const plan = planTrust(io.platform, caPath, { remove, ...facts });
  if (plan.length === 0) throw nothingToDo(io.platform, caPath);
  output.progress(dryRun ? 'This would be done:' : 'This is what will be done:');
  for (const step of plan) output.progress(`  ${commandLine(step)}\n`.trimEnd());
  if (dryRun) {
    output.result({ dryRun, steps: plan.map(document) }, []);
    return EXIT.fine;
  }
  const steps: (ReturnType<typeof document> & Outcome)[] = [];
  for (const step of plan) steps.push({ ...document(step), ...(await carryOut(step, io)) });
  const left = steps.filter((step) => !step.done);
  output.result({ dryRun, steps }, report(steps, remove));
  if (left.length === 0) return EXIT.fine;
  return left.some((step) => step.note === NEEDS_ROOT) ? EXIT.notAllowed : EXIT.failed;
}

const document = (step: TrustStep) => ({ what: step.what, command: commandLine(step) });

const NEEDS_ROOT = 'this needs an administrator';

async function carryOut(step: TrustStep, io: Call['io']): Promise<Outcome> {
  if (step.asRoot && !io.isRoot) return { done: false, note: NEEDS_ROOT };
  try {
    await io.execute(step.program, step.args);
    return { done: true };
  } catch (error) {
    if (step.mayFail) return { done: true, note: 'there was nothing to remove' };
    return {
      done: false,
      note: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
}

function report(steps: readonly ({ what: string; command: string } & Outcome)[], remove: boolean): string[] {
  const left = steps.filter((step) => !step.done);
  const lines = steps.map(
    ({ what, done, note }) => `  ${done ? '✓' : '✗'} ${what}${note === undefined ? '' : `: ${note}`}`,
  );
  if (left.length > 0)
    return [...lines, '', 'Please run this yourself:', ...left.map(({ command }) => `  ${command}`)];
  const end = remove ? 'This machine no longer trusts it.' : 'This machine trusts it now.';
  return [...lines, '', `${end} Browsers that are open have to be started again.`];
}

/** @throws CommandFailed when there is no such certificate, or the file is something else. */
function fingerprint(caPath: string, remove: boolean): string | undefined {
  if (!existsSync(caPath)) {
    // Somebody who deleted the data folder still wants to get rid of what it left in the system.
    if (remove) return undefined;
    throw new CommandFailed(
      EXIT.notFound,
      'cli/no-ca',
      `There is no ${caPath} yet. Start Cottage first: cottage start`,
    );
  }
  try {
    const certificate = new X509Certificate(readFileSync(caPath));
    if (certificate.ca) return certificate.fingerprint.replaceAll(':', '');
  } catch {
    // Said below: whatever it is, it must not end up among the certificates this machine trusts.
  }
  throw new CommandFailed(
    EXIT.failed,
    'cli/not-a-ca',
    `${caPath} is not a certificate Cottage made. Nothing was changed.`,
  );
}

const nothingToDo = (platform: string, caPath: string): CommandFailed =>
  new CommandFailed(
    EXIT.failed,
    'cli/cannot-trust',
    `Nothing can be done by itself here (${platform}). Please import or remove ${caPath} in your browser’s settings.`,
  );

/** Where Chromium and Firefox on Linux keep their lists; none when the program to change them is missing. */
async function browserStores(io: Call['io']): Promise<string[]> {
  if (io.platform !== 'linux') return [];
  try {
    await io.execute('certutil', ['--help']);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  }
  const { home } = io.environment;
  const firefox = join(home, '.mozilla', 'firefox');
  const profiles = existsSync(firefox) ? readdirSync(firefox).map((name) => join(firefox, name)) : [];
  return [join(home, '.pki', 'nssdb'), ...profiles].filter((folder) => existsSync(join(folder, 'cert9.db')));
}
