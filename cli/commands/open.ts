import { type Call, type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { notCottage } from '../failures.ts';
import { appPath } from '../references.ts';

export const open: Define = (command, act) => {
  command
    .description(
      'Opens an app in the browser, signed in as you. The link works once and for five minutes, so pass it on to nobody.',
    )
    .argument('<team/app>', 'the app')
    .option('--print', 'only print the link');
  example(command, 'cottage open demo/hello');
  act<{ print?: boolean }>(command, async ({ args, options, output, io, client }) => {
    const api = client();
    const link = await api.post<{ url: string; expiresAt: string }>(`${appPath(args[0])}/open`);
    // A browser also opens files and starts programs; only pages are wanted.
    if (!/^https?:$/.test(URL.parse(link.url)?.protocol ?? '')) throw notCottage(api.target.api);
    output.result(link, [link.url]);
    if (options.print !== true && !output.json && io.environment.hasDisplay)
      await browse(link.url, io, output);
    return EXIT.fine;
  });
};

/** The link is printed already, so a browser that doesn't start is no failure. */
async function browse(url: string, io: Call['io'], output: Call['output']): Promise<void> {
  const [program, ...args] = browserCommand(io.platform, url);
  try {
    await io.execute(program, args);
  } catch {
    output.progress('No browser could be started. Open the address above in one.');
  }
}

/** The program that opens an address in whichever browser the person uses. */
export function browserCommand(platform: NodeJS.Platform, url: string): [string, ...string[]] {
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
