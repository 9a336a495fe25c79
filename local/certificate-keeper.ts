import type { LocalCertificates } from '../shared/certificates/local-certificates.ts';
import type { OwnCertificates } from '../shared/certificates/local-own-certificates.ts';
import { HOUR_MS, MINUTE_MS } from '../shared/clock/clock.ts';
import { instant } from '../shared/ids/ids.ts';
import type { Deps } from '../shared/runtime/deps.ts';

const LOOK_EVERY_MS = MINUTE_MS;
/** Issued certificates are renewed a month before they end. */
const RENEW_EVERY_MS = HOUR_MS;

type Issued = Pick<LocalCertificates, 'superseded' | 'wildcards'>;
type KeeperDeps = Pick<Deps, 'certificates' | 'teams' | 'apps' | 'effects' | 'clock' | 'log'>;

/**
 * Sees to it that every team has a certificate that is good: reads the own one again when its files change, orders
 * anew what is about to end, and removes what was renewed, or is of a team that is gone, and nobody names any more.
 */
export class CertificateKeeper {
  readonly #own: OwnCertificates;
  readonly #issued: Issued;
  readonly #deps: KeeperDeps;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #renewedAtMs = 0;
  #stopped = false;

  constructor(own: OwnCertificates, issued: Issued, deps: KeeperDeps) {
    this.#own = own;
    this.#issued = issued;
    this.#deps = deps;
  }

  /** Files are looked at once a minute: what renews them often replaces a link, which no watch sees. */
  async start(): Promise<void> {
    await this.#renew();
    await this.#tellWhatIsMissing();
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Looks at everything now. What is wrong is logged; what there was serves on. */
  look(): Promise<void> {
    const before = this.#working;
    this.#working = this.#lookAfter(before);
    return this.#working;
  }

  async #lookAfter(before: Promise<void>): Promise<void> {
    await before;
    if (this.#stopped) return;
    try {
      const isNew = await this.#own.reload();
      if (!isNew && performance.now() - this.#renewedAtMs < RENEW_EVERY_MS) {
        await this.#removeUnneeded();
        return;
      }
      await this.#renew();
      if (isNew) await this.#tellWhatIsMissing();
    } catch (error) {
      this.#deps.log.error('certificates', { error: String(error) });
    }
  }

  /** Asks for each team's certificate: mostly the one it has, and then nothing happens. */
  async #renew(): Promise<void> {
    const { teams, certificates, effects, clock } = this.#deps;
    for (const { name } of await teams.all()) {
      const read = await teams.find(name);
      // While one is added or removed, its workflow sees to it.
      if (read?.value.state !== 'ready') continue;
      const certificateId = await certificates.request([`*.${read.value.zone}`]);
      if (certificateId === read.value.certificateId) continue;
      const happening = { at: instant(clock.now()), action: 'certificate-changed', by: 'cottage' };
      await effects.commit({
        opId: `team/${name}/certificate/v${read.version}`,
        operations: teams.changing(read, { ...read.value, certificateId }, happening),
      });
    }
    this.#renewedAtMs = performance.now();
    await this.#removeUnneeded();
  }

  /**
   * An app names its team's certificate until it is published again. A team that is removed takes one certificate
   * along: one that apps named until then, or that an own one stood in for, is left.
   */
  async #removeUnneeded(): Promise<void> {
    const { teams, apps, certificates } = this.#deps;
    // Before the teams are read: each is there before its certificate is ordered.
    const [superseded, wildcards] = [this.#issued.superseded(), this.#issued.wildcards()];
    const there = await teams.all();
    const known = new Set(there.map(({ zone }) => `*.${zone}`));
    const ofNobody = wildcards.filter(({ names }) => !names.some((name) => known.has(name)));
    const unneeded = new Set([...superseded, ...ofNobody.map(({ id }) => id)]);
    if (unneeded.size === 0) return;
    for (const { name, certificateId } of there) {
      unneeded.delete(certificateId ?? '');
      for (const app of await apps.ofTeam(name)) unneeded.delete(app.certificateId ?? '');
    }
    for (const id of unneeded) await certificates.delete(id);
  }

  async #tellWhatIsMissing(): Promise<void> {
    const { names } = this.#own;
    if (names.length === 0) return;
    const wanted = (await this.#deps.teams.all()).map(({ zone }) => `*.${zone}`);
    const missing = wanted.filter((name) => !names.includes(name));
    if (missing.length === 0) return;
    this.#deps.log.warn('the own certificate is not for these; Cottage’s own authority issues for them', {
      missing,
    });
  }
}
