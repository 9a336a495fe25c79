import type { AppAnswer } from '../api-types.ts';
import { type Call, type Define, example } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../option-values.ts';
import { appPath } from '../references.ts';

export const rollback: Define = (command, act) => {
  command
    .description(
      'Goes back to the version that was live before, or to the one named, and stays there: newer publishes wait until ' +
        'unpin.',
    )
    .argument('<team/app>', 'the app')
    .option('--to <release>', 'an earlier version; “cottage show” and the app’s page name them');
  example(command, 'cottage rollback demo/hello');
  act<{ to?: string }>(command, (call) =>
    changeApp(call, 'rollback', call.options.to === undefined ? {} : { release: call.options.to }),
  );
};

export const unpin: Define = simple({
  verb: 'unpin',
  description: 'Ends what a rollback began: the next publish goes live again.',
});

export const promote: Define = simple({
  verb: 'promote',
  description: 'Puts the version live that is built and waits, for instance since a rollback.',
});

export const hold: Define = (command, act) => {
  command
    .description('Takes an app off the air at once. Visitors read that it is on hold; nothing is lost.')
    .argument('<team/app>', 'the app')
    .requiredOption('--reason <text>', 'why; the owner reads it');
  example(command, 'cottage hold demo/hello --reason "shows last year’s prices"');
  act<{ reason: string }>(command, (call) => changeApp(call, 'hold', { reason: call.options.reason }));
};

export const release: Define = simple({
  verb: 'release',
  description: 'Ends a hold: the app is back on the air as it was.',
});

export const renew: Define = (command, act) => {
  command
    .description('Keeps an app for longer: the usual time, or as many days as given.')
    .argument('<team/app>', 'the app')
    .option('--days <days>', 'how long from today', wholeNumber);
  example(command, 'cottage renew demo/hello --days 90');
  act<{ days?: number }>(command, (call) =>
    changeApp(call, 'renew', call.options.days === undefined ? {} : { days: call.options.days }),
  );
};

export const archive: Define = simple({
  verb: 'archive',
  description:
    'Puts an app away. Its name stays reserved, visitors see a page that says so, and restore brings it back.',
});

/** A command that takes an app and nothing else. */
function simple({ verb, description }: { verb: string; description: string }): Define {
  return (command, act) => {
    command.description(description).argument('<team/app>', 'the app');
    example(command, `cottage ${verb} demo/hello`);
    act(command, (call) => changeApp(call, verb, {}));
  };
}

/** Asks for the change and tells what the app is like now. */
export async function changeApp<Options>(call: Call<Options>, verb: string, body: object): Promise<ExitCode> {
  const app = await call.client().post<AppAnswer>(`${appPath(call.args[0])}/${verb}`, body);
  call.output.result(app, [app.why]);
  return EXIT.fine;
}
