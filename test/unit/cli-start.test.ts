import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Running, type StartCottage, startWith } from '../../cli/commands/start.ts';
import type { LocalConfig } from '../../local/config.ts';
import { type RunOptions, runCliWith } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const READY = {
  api: 'http://127.0.0.1:4600',
  edge: 'https://127.0.0.1:4643',
  dns: '127.0.0.1:4653',
  mailbox: 'http://127.0.0.1:4600/mailbox',
};
const HELLO = { url: 'https://hello.demo.apps.localhost:4643' };

/** Starts as the command would, with a Cottage that only says it runs. */
async function start(
  args: string[] = [],
  running: Partial<Running> = { published: HELLO },
  more: RunOptions = {},
) {
  const seen: { config?: LocalConfig; stopped: number } = { stopped: 0 };
  const startCottage: StartCottage = async (config) => {
    seen.config = config;
    return { ready: READY, stop: async () => void (seen.stopped += 1), ...running };
  };
  const variables = { COTTAGE_DATA: join(tempFolder(), 'data'), ...more.variables };
  return {
    ...seen,
    ...(await runCliWith('start', startWith(startCottage), args, { ...more, variables })),
    seen,
  };
}

/** The same with a Cottage that cannot start. */
function fails(fault: Error) {
  const startCottage: StartCottage = async () => {
    throw fault;
  };
  return runCliWith('start', startWith(startCottage), []);
}

describe('cottage start', () => {
  test('greets with where everything is and what to do first, and stops in order when asked to', async () => {
    const { code, out, seen } = await start();
    expect(code).toBe(0);
    expect(out).toContain('  Your first app  https://hello.demo.apps.localhost:4643\n');
    expect(out).toContain('  Mailbox         http://127.0.0.1:4600/mailbox\n');
    expect(out).toContain('  API and pages   http://127.0.0.1:4600\n');
    expect(out).toContain('  Names (DNS)     127.0.0.1:4653\n');
    expect(out).toMatch(
      /\n {2}curl --cacert \S+\/data\/ca\.pem https:\/\/hello\.demo\.apps\.localhost:4643\n/,
    );
    expect(out).toContain('\n  cottage publish <folder>\n');
    expect(seen.stopped).toBe(1);
  });

  test('says how to type the commands when npm started it', async () => {
    const { out } = await start([], {}, { variables: { npm_lifecycle_event: 'start' } });
    expect(out).toContain('\n  npx cottage trust\n');
    expect(out).toContain('\n  npx cottage publish <folder>\n');
  });

  test('does not speak of a first app where there is none', async () => {
    const { out } = await start([], {});
    expect(out).not.toContain('Your first app');
    expect(out).not.toContain('curl');
  });

  test('prints one line of JSON once it is ready, and no other', async () => {
    const { out } = await start(['--json']);
    expect(out.split('\n')).toHaveLength(2);
    expect(JSON.parse(out)).toEqual({ ready: true, ...READY });
  });

  test('takes ports and the virtual clock from its options, the rest from the environment', async () => {
    const args = ['--port-api', '0', '--port-edge', '1', '--port-dns', '65535', '--virtual-clock'];
    const { seen } = await start(args, {}, { variables: { COTTAGE_BASE_DOMAIN: 'apps.example.com' } });
    expect(seen.config).toMatchObject({
      apiPort: 0,
      edgePort: 1,
      dnsPort: 65_535,
      virtualClock: true,
      baseDomain: 'apps.example.com',
    });
  });

  test('leaves to the environment what no option says', async () => {
    const { seen } = await start([], {}, { variables: { COTTAGE_API_PORT: '7000' } });
    expect(seen.config).toMatchObject({ apiPort: 7000, edgePort: 4643, dnsPort: 4653, virtualClock: false });
  });

  test('says which variable is wrong, and ends with 2', async () => {
    const { code, err, seen } = await start([], {}, { variables: { COTTAGE_API_PORT: 'many' } });
    expect(code).toBe(2);
    expect(err).toContain('COTTAGE_API_PORT');
    expect(seen.config).toBeUndefined();
  });

  test('says which port is in use, and ends with 5', async () => {
    const ran = await fails(Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 4600 }));
    expect(ran).toMatchObject({ code: 5, out: '' });
    expect(ran.err).toContain('Port 4600 is in use');
  });

  test('hides no other fault', async () => {
    const ran = await fails(new Error('the disk is full'));
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.err).toContain('the disk is full');
  });
});

test('a reload that is asked for while Cottage starts does not end it, and one later is passed on', async () => {
  const asked: string[] = [];
  const reloads: (() => void)[] = [];
  const stopped = Promise.withResolvers<void>();
  const startCottage: StartCottage = async () => {
    for (const reload of reloads) reload();
    asked.push('started');
    setImmediate(() => {
      for (const reload of reloads) reload();
      stopped.resolve();
    });
    return { ready: READY, reload: async () => void asked.push('reload'), stop: async () => undefined };
  };
  const { code } = await runCliWith('start', startWith(startCottage), [], {
    onReload: (work) => void reloads.push(work),
    untilStopped: () => stopped.promise,
  });
  expect([code, asked]).toEqual([0, ['started', 'reload']]);
});
