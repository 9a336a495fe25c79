import type { AppAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { appPath } from '../references.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export const retire: Define = (command, act) => {
  command
    .description(
      'Takes an app down for good: its address first, then its files. What the catalog knows of it stays, and its name ' +
        'is kept for 180 days for those it belonged to.',
    )
    .argument('<team/app>', 'the app')
    .option('--yes', 'do not ask whether that is meant')
    .option('--no-wait', 'do not wait until it is gone');
  example(command, 'cottage retire demo/hello');
  /** `wait` is `false` with `--no-wait`. */
  act<{ yes?: true; wait?: boolean }>(command, async ({ args, options, output, client, io }) => {
    const path = appPath(args[0]);
    await confirm(`${args[0]} will be gone, and can not be brought back.`, args[0] ?? '', options.yes, io);
    let app = await client().post<AppAnswer>(`${path}/retire`);
    const wait = options.wait !== false;
    if (wait) output.progress(`${args[0]} is being retired; that takes about two minutes.`);
    if (wait) app = await follow(app, () => client().get<AppAnswer>(path), io.pause);
    output.result(app, [app.why]);
    return app.state !== 'retired' && app.retirement?.summary ? EXIT.failed : EXIT.fine;
  });
};

/** Looks again until the app is retired, or its removal stands still. */
async function follow(
  begun: AppAnswer,
  look: () => Promise<AppAnswer>,
  pause: (pauseMs: number) => Promise<void>,
): Promise<AppAnswer> {
  let app = begun;
  for (let pauseMs = FIRST_PAUSE_MS; isUnderWay(app); pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    await pause(pauseMs);
    app = await look();
  }
  return app;
}

const isUnderWay = ({ state, retirement }: AppAnswer): boolean =>
  state !== 'retired' && retirement !== null && retirement.summary === null;
