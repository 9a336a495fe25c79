import { Client } from '../client.ts';
import { type Call, type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, usage } from '../failures.ts';
import { count, formatDuration, formatSize } from '../output.ts';

/** The picture is taken in a second or two; a large database takes longer. */
const SNAPSHOT_PATIENCE_MS = 10 * 60_000;

/** A line every so often is enough to see that it goes on. */
const PROGRESS_EVERY_MS = 2_000;

export const backup: Define = (command, act) => {
  command
    .description(
      'Writes everything to one file: apps, versions, names, keys, mail. Works while Cottage runs, on the machine it ' +
        'runs on, and while it does not. The file holds every secret of this Cottage; only you can read it, and it ' +
        'should stay so wherever you keep it.',
    )
    .argument('<file>', 'where to write it; must not be there yet');
  example(command, 'cottage backup /mnt/backups/cottage-monday.tar');
  act(command, async (call) => {
    const [file] = call.args;
    if (!file) throw usage('Say which file to write the backup to.');
    const { makeBackup } = await import('../../local/backup/make-backup.ts');
    const { dataFolder } = call.io.environment;
    const startedMs = performance.now();
    let saidMs = startedMs;
    const made = await makeBackup({
      file,
      dataFolder,
      ask: () => askServer(call),
      signal: call.io.stopSignal(),
      onProgress: (written, total) => {
        if (performance.now() - saidMs < PROGRESS_EVERY_MS) return;
        saidMs = performance.now();
        call.output.progress(`${formatSize(written)} of ${formatSize(total)}`);
      },
    }).catch(explainRefusal);
    const durationMs = Math.round(performance.now() - startedMs);
    call.output.result({ ...made, durationMs }, [
      `${count(made.files, 'file')}, ${formatSize(made.sizeBytes)}, in ${formatDuration(durationMs)}: ${made.file}`,
      'It holds every key and secret of this Cottage. Keep it where only you can read it, and on another disk.',
      `To put it back on an empty machine: cottage restore ${made.file}`,
    ]);
    return EXIT.fine;
  });
};

/** Not by way of a proxy, which may be elsewhere, and impatient. */
async function askServer({ client, io }: Call): Promise<string> {
  const { target } = client();
  const here = new Client({ ...target, api: target.local ?? target.api }, io.pause);
  const { snapshot } = await here.post<{ snapshot: string }>('/v1/snapshots', {}, SNAPSHOT_PATIENCE_MS);
  return snapshot;
}

/** A refusal in the words of the command line; it knows what to do already. */
export function explainRefusal(error: unknown): never {
  if (error instanceof Error && error.name === 'BackupRefused' && 'code' in error) {
    throw new CommandFailed(EXIT.refused, String(error.code), error.message);
  }
  throw error;
}
