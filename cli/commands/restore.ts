import { existsSync } from 'node:fs';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { count, formatInstant } from '../output.ts';
import { explainRefusal } from './backup.ts';
import { changeApp } from './change-app.ts';

/** As an app is written; a file that is called so is written `./demo/lunch`. */
const APP = /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/i;

export const restore: Define = (command, act) => {
  command
    .description(
      'With team/app: brings an archived app back as it was. With a file that “cottage backup” made: puts everything ' +
        'back, on a machine where there is no data yet. The file is checked whole before anything counts; then “cottage ' +
        'start” goes on from where the backup was made.',
    )
    .argument('<team/app or file>', 'the app, or the backup');
  example(command, 'cottage restore demo/hello', 'cottage restore ./cottage-monday.tar');
  act(command, async (call) => {
    const [what = ''] = call.args;
    if (APP.test(what)) {
      if (existsSync(what))
        call.output.progress(`Taken for an app. For the file of that name: cottage restore ./${what}`);
      return changeApp(call, 'restore', {});
    }
    const { restoreBackup } = await import('../../local/backup/restore.ts');
    const restored = await restoreBackup(what, call.io.environment.dataFolder, call.io.stopSignal()).catch(
      explainRefusal,
    );
    call.output.result(restored, [
      `${count(restored.files, 'file')} of the backup of ${formatInstant(restored.createdAt)} are back in ${restored.dataFolder}.`,
      'To go on from there: cottage start',
    ]);
    return EXIT.fine;
  });
};
