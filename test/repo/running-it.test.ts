import { describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { readConfig } from '../../local/config.ts';
import { linksIn } from './markdown.ts';
import { repositoryFiles, textOf } from './sources.ts';

const DOCUMENT = 'docs/running-it.md';
const text = textOf(DOCUMENT);
const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, kind = '', code = '']) => ({
  kind,
  code,
}));

/** What follows `name=`, of each line that begins so. */
const valuesIn = (unit: string, name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

const unitNamed = (name: string): string => {
  const block = text.split(`\`/etc/systemd/system/${name}\`:\n\n\`\`\`ini\n`)[1];
  return block?.split('```')[0] ?? '';
};

const variables = Object.fromEntries(
  blocks
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => /^COTTAGE_\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const service = unitNamed('cottage.service');
const backup = unitNamed('cottage-backup.service');

describe('the environment file for a small host', () => {
  it('is one that Cottage starts with', () => {
    expect(readConfig(variables)).toMatchObject({
      dataFolder: '/var/lib/cottage/data',
      edgePort: 443,
      dnsPort: 53,
      baseDomain: 'apps.example.com',
      publicUrl: 'https://cottage.example.com',
      publicIpv4: '192.0.2.10',
      tls: { certificate: '/etc/cottage/tls/fullchain.pem', key: '/etc/cottage/tls/privkey.pem' },
    });
  });
});

describe('the unit that runs Cottage', () => {
  it('starts it as npm does, with the Node that npm brought', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: { start: string } };
    const [folder = ''] = valuesIn(service, 'WorkingDirectory');
    expect(valuesIn(service, 'ExecStart')).toEqual([
      scripts.start.replace(/^node/, `${folder}/node_modules/.bin/node`),
    ]);
    expect(repositoryFiles()).toContain('cli/cottage.js');
  });

  it('starts it again whatever happened, save for what waits for a person', () => {
    expect(valuesIn(service, 'Restart')).toEqual(['always']);
    expect(valuesIn(service, 'RestartPreventExitStatus')).toEqual([`${EXIT.usage} ${EXIT.refused}`]);
    expect(valuesIn(service, 'ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  it('lets it write to the folder its data is in, and to no other', () => {
    const [state] = valuesIn(service, 'StateDirectory');
    // Below it: a restore puts a folder beside the data first.
    expect(variables['COTTAGE_DATA']?.startsWith(`/var/lib/${state}/`)).toBe(true);
    expect(valuesIn(service, 'ProtectSystem')).toEqual(['strict']);
    expect(valuesIn(service, 'ReadWritePaths')).toEqual([]);
    expect(valuesIn(service, 'NoNewPrivileges')).toEqual(['yes']);
  });

  it('may bind to the ports below 1024 that it is given, and nothing else', () => {
    const low = ['COTTAGE_EDGE_PORT', 'COTTAGE_DNS_PORT'].map((name) => Number(variables[name]));
    expect(low.every((port) => port < 1024)).toBe(true);
    for (const name of ['AmbientCapabilities', 'CapabilityBoundingSet'])
      expect(valuesIn(service, name)).toEqual(['CAP_NET_BIND_SERVICE']);
  });
});

describe('the unit that makes a backup', () => {
  it('runs as the same user, on the same data, and writes where the timer’s section makes a folder', () => {
    for (const name of ['User', 'Group', 'WorkingDirectory', 'EnvironmentFile', 'StateDirectory'])
      expect([name, valuesIn(backup, name)]).toEqual([name, valuesIn(service, name)]);
    const [folder = ''] = valuesIn(backup, 'ReadWritePaths');
    expect(valuesIn(backup, 'ExecStart')[0]).toContain(`cli/cottage.js backup ${folder}/`);
    expect(text).toContain(`install -d -m 0700 -o cottage -g cottage ${folder}\n`);
  });
});

describe('the document', () => {
  it('is found from the README, and from what says that data changes', () => {
    expect(linksIn(textOf('README.md'))).toContain(DOCUMENT);
    expect(linksIn(textOf('docs/migrations.md'))).toContain('running-it.md#upgrade-and-roll-back');
  });
});
