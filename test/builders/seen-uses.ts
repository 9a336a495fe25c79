import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { groupOf } from '../../functions/aws/api-groups.ts';
import type { Use } from '../../infra/uses.ts';
import { STEPS } from '../../local/steps.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { around, type PortCall } from './around.ts';

/** What each verb of a port is for; of files, by where their key begins. */
const USES: Record<string, Use[]> = {
  'blobs.uploadLink incoming': ['writeUploads'],
  'blobs.put incoming': ['writeUploads'],
  'blobs.get incoming': ['readUploads'],
  'blobs.list incoming': ['readUploads'],
  'blobs.delete incoming': ['deleteLeftovers'],
  'blobs.put doctor': ['diagnose'],
  'blobs.get doctor': ['readFiles'],
  'blobs.put work': ['writeWork'],
  'blobs.get work': ['readFiles'],
  'blobs.list work': ['readFiles'],
  'blobs.delete work': ['deleteLeftovers'],
  ...Object.fromEntries(
    ['apps', 'manifests'].flatMap((prefix): [string, Use[]][] => [
      [`blobs.put ${prefix}`, ['writeReleases']],
      [`blobs.get ${prefix}`, ['readFiles']],
      [`blobs.list ${prefix}`, ['readFiles']],
      [`blobs.delete ${prefix}`, ['deleteReleases']],
    ]),
  ),
  'downloads.open': ['fetchArtifacts'],
  'probe.get': ['visitApps'],
  'identity.verify': ['knowPeople'],
  'signer.sign': ['sign'],
  'signer.verify': ['sign'],
  'engine.start': ['runWorkflows'],
  'engine.describe': ['readExecutions'],
  'hosting.bind': ['tenants'],
  'hosting.point': ['tenants'],
  'hosting.bindings': ['readTenants'],
  'hosting.unbind': ['tenants', 'deleteTenants'],
  'dns.records': ['readZones'],
  'dns.apply': ['readZones', 'appRecords'],
  // Of two zones made at once for one team, the later is deleted again.
  'dns.createZone': ['readZones', 'createZones', 'deleteZones', 'delegate'],
  'dns.undelegate': ['readZones', 'delegate'],
  'dns.deleteZone': ['readZones', 'deleteZones', 'delegate'],
  'certificates.status': ['readCertificates'],
  'certificates.request': ['readCertificates', 'requestCertificates'],
  'certificates.delete': ['readCertificates', 'deleteCertificates'],
  'keptHeads.keep': ['keepHeads'],
  'keptHeads.names': ['keepHeads'],
  'keptHeads.read': ['keepHeads'],
  'inspection.counter': ['diagnose'],
  'inspection.ownProblems': ['diagnose'],
  'inspection.records': ['diagnose'],
  'inspection.runningExecutions': ['diagnose'],
  'inspection.zones': ['diagnose'],
  'mail.send': ['sendMail'],
  'events.publish': ['announce'],
  'engine.complete': ['runWorkflows'],
};

/** What is done for an effect. */
const EFFECTS: Record<string, string[]> = {
  mail: ['mail.send'],
  event: ['events.publish'],
  'start-workflow': ['engine.start'],
  'complete-task': ['engine.complete'],
  'collect-releases': ['blobs.delete apps', 'blobs.delete manifests'],
};

const PORTS = [
  'blobs',
  'certificates',
  'dns',
  'downloads',
  'engine',
  'hosting',
  'identity',
  'inspection',
  'keptHeads',
  'probe',
  'signer',
] as const;

/** What functions were seen to use, as `publish-scan readFiles`, and by which ports, as `publish-scan blobs`. */
export class SeenUses {
  readonly seen = new Set<string>();
  readonly ports = new Set<string>();

  /** The same, with what this function does with it noted. What nobody has thought of is noted with a question mark. */
  watch(name: string, deps: Deps): Deps {
    const note = (call: string) => this.#note(name, call);
    const noting = <T extends object>(port: string, target: T): T =>
      around(target, ({ verb, args, go }: PortCall) => {
        note(`${port}.${verb}${port === 'blobs' ? ` ${folderOf(args[0])}` : ''}`);
        return go();
      });
    const watched = Object.fromEntries(PORTS.map((port) => [port, noting(port, deps[port])]));
    const effects = {
      commit: (change: Parameters<Deps['effects']['commit']>[0]) => {
        for (const { kind } of change.effects ?? []) EFFECTS[kind]?.forEach(note);
        return deps.effects.commit(change);
      },
      run: (id: string) => {
        // Whatever was left over.
        Object.values(EFFECTS).flat().forEach(note);
        return deps.effects.run(id);
      },
    } as Deps['effects'];
    // A copy would ask what is only known once the servers listen.
    return new Proxy(deps, {
      get: (target, part) =>
        part === 'effects' ? effects : (watched[part as string] ?? Reflect.get(target, part)),
    });
  }

  #note(name: string, call: string): void {
    for (const use of USES[call] ?? [`?${call}`]) this.seen.add(`${name} ${use}`);
    this.ports.add(`${name} ${call.split('.')[0] ?? ''}`);
  }

  /** From now on, in this file of tests: what every step and every endpoint uses, wherever it runs. */
  watchAll(): void {
    for (const [name, step] of Object.entries(STEPS)) {
      STEPS[name] = { ...step, run: (input, deps) => step.run(input, this.watch(name, deps)) };
    }
    for (const endpoint of ENDPOINTS) {
      const name = groupOf(endpoint.path);
      const run = endpoint.run.bind(endpoint);
      endpoint.run = (call, deps) => run(call, this.watch(name, deps));
      // Who calls is found out before.
      const calls = {
        anyone: [],
        platform: [],
        link: ['signer.verify', 'identity.verify'],
        admin: ['identity.verify'],
      };
      calls[endpoint.auth].forEach((call) => this.#note(name, call));
    }
  }
}

const folderOf = (of: unknown): string => {
  const key = typeof of === 'string' ? of : (of as { key: string }).key;
  return key.split('/')[0] ?? '';
};
