import { relative } from 'node:path';
import type { LocalConfig } from '../../local/config.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { type Call, type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, usage } from '../failures.ts';
import { port } from '../option-values.ts';
import { pairs } from '../output.ts';

interface Options {
  virtualClock?: boolean;
  portApi?: number;
  portEdge?: number;
  portDns?: number;
}

/** A Cottage that runs in this process. */
export interface Running {
  ready: { api: string; edge: string; dns: string; mailbox: string };
  /** What the first start published. */
  published?: { url: string } | undefined;
  /** Reads again what may be exchanged while it runs. */
  reload?(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the single-node edition. A parameter of the command, so that its words can be tested without servers. */
export type StartCottage = (config: LocalConfig, options: { log: Log }) => Promise<Running>;

/** Read only when something is started: it is by far the largest part of Cottage. */
const startHere: StartCottage = async (config, options) => {
  const { startCottage } = await import('../../local/main.ts');
  return startCottage(config, options);
};

export const start: Define = (command, act) => startWith(startHere)(command, act);

export const startWith =
  (startCottage: StartCottage): Define =>
  (command, act) => {
    command
      .description(
        'Starts Cottage on this machine: apps at their own addresses, a mailbox, everything. Stops with Ctrl-C. With ' +
          '--json it prints one line once it is ready.',
      )
      .option('--virtual-clock', 'a clock that “cottage clock advance” can move')
      .option('--port-api <port>', 'for the API and the pages (4600); 0 is any that is free', port)
      .option('--port-edge <port>', 'for the apps (4643)', port)
      .option('--port-dns <port>', 'for names (4653)', port);
    example(command, 'cottage start');
    act<Options>(command, async (call) => {
      const { readConfig } = await import('../../local/config.ts');
      const { jsonLog } = await import('../../local/log.ts');
      const config = configOf(readConfig, call);
      // Listening from here on, so that Ctrl-C while it starts stops it as orderly as later.
      const stopped = call.io.untilStopped();
      let running: Running | undefined;
      call.io.onReload(() => void running?.reload?.());
      running = await startCottage(config, { log: jsonLog(config.logLevel) }).catch(explainRefusal);
      if (call.output.json) call.output.jsonLine(JSON.stringify({ ready: true, ...running.ready }));
      else call.output.result(running.ready, banner(running, config, call.io.environment.variables));
      await stopped;
      call.output.progress('Stopping.');
      await running.stop();
      return EXIT.fine;
    });
  };

function configOf(
  readConfig: typeof import('../../local/config.ts')['readConfig'],
  { options, io }: Call<Options>,
): LocalConfig {
  const { virtualClock, portApi, portEdge, portDns } = options;
  try {
    return readConfig(io.environment.variables, {
      ...(virtualClock === undefined ? {} : { virtualClock }),
      ...(portApi === undefined ? {} : { apiPort: portApi }),
      ...(portEdge === undefined ? {} : { edgePort: portEdge }),
      ...(portDns === undefined ? {} : { dnsPort: portDns }),
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigurationRefused') throw usage(error.message);
    throw error;
  }
}

function explainRefusal(error: NodeJS.ErrnoException & { port?: number }): never {
  // These say by themselves what to do.
  if (error.name === 'DataRefused' || error.name === 'CertificateRefused') {
    throw new CommandFailed(EXIT.refused, error.code ?? 'start/refused', error.message);
  }
  if (error.code !== 'EADDRINUSE') throw error;
  throw new CommandFailed(
    EXIT.failed,
    'cli/port-in-use',
    `Port ${error.port ?? ''} is in use; perhaps Cottage runs here already. For other ports: cottage start --port-api 0 ` +
      '--port-edge 0 --port-dns 0',
  );
}

/** What somebody sees who starts Cottage for the first time. */
function banner(
  { ready, published }: Running,
  config: LocalConfig,
  variables: Call['io']['environment']['variables'],
) {
  // Started by npm, there is no command `cottage` on the path yet.
  const cottage = variables['npm_lifecycle_event'] === undefined ? 'cottage' : 'npx cottage';
  const ca = `${relative('.', config.dataFolder) || '.'}/ca.pem`;
  const first = published?.url;
  return [
    'Cottage is running.',
    '',
    ...pairs([
      ['Your first app', first ?? ''],
      ['Mailbox', ready.mailbox],
      ['API and pages', ready.api],
      ['Names (DNS)', ready.dns],
    ]).map((line) => `  ${line}`),
    '',
    ...(first === undefined ? [] : ['To see it here:', `  curl --cacert ${ca} ${first}`]),
    'To see apps in a browser without a warning, once:',
    `  ${cottage} trust`,
    'To publish something of your own:',
    `  ${cottage} publish <folder>`,
    '',
    'Ctrl-C stops it.',
  ];
}
