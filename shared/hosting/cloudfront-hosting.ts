import {
  type CloudFrontClient,
  CreateDistributionTenantCommand,
  type Customizations,
  DeleteDistributionTenantCommand,
  type DistributionTenant,
  GetDistributionTenantByDomainCommand,
  GetDistributionTenantCommand,
  paginateListDistributionTenants,
  UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import type { Tier } from '../apps/settings.ts';
import { busyFor, quotaFor } from '../errors/aws-busy.ts';
import { AlreadyExists, Busy, NotConverged, NotFound, PreconditionFailed } from '../errors/errors.ts';
import { AppId, HOLDING } from '../ids/ids.ts';
import { siteIn, toParameters } from './cloudfront-tenant.ts';
import type { Binding, Hosting, Site } from './hosting.ts';

export interface CloudFrontHostingOptions {
  /** Belongs to the caller, who also destroys it. CloudFront is one service for all regions. */
  client: CloudFrontClient;
  /** The multi-tenant distribution, whose functions read the parameters of `TENANT_PARAMETERS`. */
  distributionId: string;
  /** The one of the tier `edge`, made alike; absent: the same. */
  edgeDistributionId?: string;
  /** Whose endpoint the names of apps lead to. */
  connectionGroupId: string;
  /** The ARN of the issued certificate, in us-east-1, that covers a host. */
  certificateFor: (host: string) => Promise<string> | string;
  /** More tags of an app's tenant, for the bill; none unless told. */
  tagsFor?: (app: AppId) => Promise<Record<string, string>>;
}

interface Found {
  tenant: DistributionTenant;
  etag: string;
}

/** What every app shows from the moment it has a name. */
const HOLDING_SITE: Site = { release: HOLDING, page: 'app', access: 'open', spa: false, headers: {} };

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** How many tenants are read at once to list all. */
const READ_AT_ONCE = 5;

/**
 * `Hosting` on CloudFront: a binding is a distribution tenant, named for its app. Its domain is the host, its parameters
 * are the site, its ETag is the binding's. A binding that is being taken down is one until it is gone.
 *
 * An app of the tier `edge` is a tenant of that tier's distribution, every other of the first. A tenant could be moved from
 * one to the other, but an app that has been live keeps its tier, so nobody does.
 */
export class CloudFrontHosting implements Hosting {
  readonly #options: CloudFrontHostingOptions;

  constructor(options: CloudFrontHostingOptions) {
    this.#options = options;
  }

  /**
   * As the port says. A tenant that was being taken down is put back to work, showing `r_holding`.
   * @throws AlreadyExists when the app is bound to another host or in another tier, or the host belongs to anything else
   * at CloudFront.
   * @throws TypeError when the host is no lower-case host name.
   * @throws QuotaReached when the account has as many tenants as it may.
   */
  async bind(app: AppId, host: string, tier: Tier = 'shared'): Promise<void> {
    if (!HOST.test(host)) throw new TypeError(`not a host name: ${JSON.stringify(host)}`);
    await translated(async () => {
      try {
        await this.#create(app, host, tier);
      } catch (error) {
        if (named(error, 'EntityAlreadyExists')) return this.#adopt(app, host, tier);
        if (named(error, 'CNAMEAlreadyExists')) return this.#adoptByHost(app, host, tier);
        throw error;
      }
    });
  }

  /**
   * As the port says. The host gets its certificate of now, so that one that was replaced goes out of use.
   * @throws TooLarge when the site's headers are more than fit.
   */
  async point(app: AppId, site: Site, ifMatch: string): Promise<void> {
    const Parameters = toParameters(app, site);
    await translated(async () => {
      const found = await this.#find(app);
      if (!found || found.tenant.Enabled !== true) throw new NotFound(`${app} is not bound`);
      if (found.etag !== ifMatch) {
        throw new PreconditionFailed(`${app} is at version ${found.etag}, not ${ifMatch}`);
      }
      const Customizations = await this.#customized(found.tenant);
      await this.#update(found.tenant, ifMatch, { Parameters, Customizations });
    });
  }

  async unbind(app: AppId): Promise<void> {
    await translated(async () => {
      const found = await this.#find(app);
      if (!found) return;
      if (found.tenant.Enabled === true) {
        await this.#update(found.tenant, found.etag, { Enabled: false });
        throw new NotConverged(`${app} is disabled now, and still deployed`);
      }
      if (found.tenant.Status !== 'Deployed') throw new NotConverged(`${app} is being taken down`);
      try {
        await this.#options.client.send(
          new DeleteDistributionTenantCommand({ Id: found.tenant.Id, IfMatch: found.etag }),
        );
      } catch (error) {
        if (named(error, 'EntityNotFound')) return;
        if (named(error, 'ResourceNotDisabled')) throw new NotConverged(`${app} is still deployed`);
        throw error;
      }
    });
  }

  /** Of all: a call for each, and one for each hundred. A list does not tell a tenant's parameters. */
  async bindings(app?: AppId): Promise<Binding[]> {
    return translated(async () => {
      const names = app === undefined ? await this.#names() : [app];
      const bindings: Binding[] = [];
      for (let from = 0; from < names.length; from += READ_AT_ONCE) {
        const found = await Promise.all(
          names.slice(from, from + READ_AT_ONCE).map((name) => this.#find(name)),
        );
        bindings.push(...found.flatMap((each) => (each ? [bindingOf(each)] : [])));
      }
      return bindings;
    });
  }

  async #create(app: AppId, host: string, tier: Tier): Promise<void> {
    const { client, connectionGroupId, certificateFor, tagsFor } = this.#options;
    const tags = { heritage: 'cottage', app, ...(await tagsFor?.(app)) };
    await client.send(
      new CreateDistributionTenantCommand({
        Name: app,
        DistributionId: this.#distributionOf(tier),
        ConnectionGroupId: connectionGroupId,
        Domains: [{ Domain: host }],
        Customizations: { Certificate: { Arn: await certificateFor(host) } },
        Parameters: toParameters(app, HOLDING_SITE),
        Enabled: true,
        Tags: { Items: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      }),
    );
  }

  /** There is a tenant with the app's name: it is the binding, or it is in the way. */
  async #adopt(app: AppId, host: string, tier: Tier): Promise<void> {
    const found = await this.#get(app);
    if (!found) throw new Busy(`the tenant ${app} exists, and is not to be found`);
    const { tenant, etag } = found;
    if (!this.#isFor(tenant, app, host, tier)) {
      const hosts = tenant.Domains?.map(({ Domain }) => Domain).join(', ');
      throw new AlreadyExists(`${app} is bound to ${hosts}, in the distribution ${tenant.DistributionId}`);
    }
    if (tenant.Enabled === true) return;
    await this.#update(tenant, etag, { Enabled: true, Parameters: toParameters(app, HOLDING_SITE) });
  }

  /** The host belongs to something: to this app, perhaps, by a call whose answer got lost. */
  async #adoptByHost(app: AppId, host: string, tier: Tier): Promise<void> {
    const command = new GetDistributionTenantByDomainCommand({ Domain: host });
    const tenant = await this.#options.client.send(command).then(
      (found) => found.DistributionTenant,
      (error: unknown) => {
        if (named(error, 'EntityNotFound')) return undefined;
        throw error;
      },
    );
    if (tenant?.Name === app) return this.#adopt(app, host, tier);
    throw new AlreadyExists(`${host} is bound to ${tenant?.Name ?? 'something else at CloudFront'}`);
  }

  #isFor(
    { Name, DistributionId, ConnectionGroupId, Domains = [] }: DistributionTenant,
    app: AppId,
    host: string,
    tier: Tier,
  ) {
    return (
      Name === app &&
      DistributionId === this.#distributionOf(tier) &&
      ConnectionGroupId === this.#options.connectionGroupId &&
      Domains.length === 1 &&
      Domains[0]?.Domain === host
    );
  }

  #distributionOf(tier: Tier): string {
    const { distributionId, edgeDistributionId = distributionId } = this.#options;
    return tier === 'edge' ? edgeDistributionId : distributionId;
  }

  /** Every distribution that has apps of ours. */
  get #distributions(): string[] {
    return [...new Set([this.#distributionOf('shared'), this.#distributionOf('edge')])];
  }

  /** A tenant's customizations with the certificate that its host has now. */
  async #customized({ Customizations, Domains }: DistributionTenant): Promise<Customizations | undefined> {
    try {
      const Arn = await this.#options.certificateFor(Domains?.[0]?.Domain ?? '');
      return { ...Customizations, Certificate: { Arn } };
    } catch (error) {
      // An app is taken off the air all the same where nothing is known of its certificate any more.
      if (error instanceof NotFound) return Customizations;
      throw error;
    }
  }

  /** What an update leaves out is taken away, so it says everything. */
  async #update(
    tenant: DistributionTenant,
    IfMatch: string,
    change: Pick<DistributionTenant, 'Enabled' | 'Parameters' | 'Customizations'>,
  ): Promise<void> {
    await this.#options.client.send(
      new UpdateDistributionTenantCommand({
        Id: tenant.Id,
        IfMatch,
        DistributionId: tenant.DistributionId,
        ConnectionGroupId: tenant.ConnectionGroupId,
        Domains: tenant.Domains?.map(({ Domain }) => ({ Domain })),
        Customizations: tenant.Customizations,
        Parameters: tenant.Parameters,
        Enabled: tenant.Enabled,
        ...change,
      }),
    );
  }

  /** The app's tenant in a distribution of ours. */
  async #find(app: AppId): Promise<Found | undefined> {
    const found = await this.#get(app);
    return this.#distributions.includes(found?.tenant.DistributionId ?? '') ? found : undefined;
  }

  /** By its name; undefined when CloudFront says that there is none. */
  async #get(app: AppId): Promise<Found | undefined> {
    try {
      const command = new GetDistributionTenantCommand({ Identifier: app });
      const { DistributionTenant: tenant, ETag: etag } = await this.#options.client.send(command);
      return tenant && etag !== undefined ? { tenant, etag } : undefined;
    } catch (error) {
      if (named(error, 'EntityNotFound')) return undefined;
      throw error;
    }
  }

  /** The apps that have a tenant; tenants with other names are somebody else's. */
  async #names(): Promise<AppId[]> {
    const { client } = this.#options;
    const names: AppId[] = [];
    for (const DistributionId of this.#distributions) {
      const asked = { AssociationFilter: { DistributionId } };
      for await (const page of paginateListDistributionTenants({ client }, asked)) {
        for (const { Name } of page.DistributionTenantList ?? []) {
          const app = AppId.safeParse(Name);
          if (app.success) names.push(app.data);
        }
      }
    }
    return names;
  }
}

const bindingOf = ({ tenant, etag }: Found): Binding => ({
  app: AppId.parse(tenant.Name),
  host: tenant.Domains?.[0]?.Domain ?? '',
  site: siteIn(tenant),
  etag,
});

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (
      !(error instanceof PreconditionFailed) &&
      (named(error, 'PreconditionFailed') || named(error, 'InvalidIfMatchVersion'))
    ) {
      throw new PreconditionFailed((error as Error).message, { cause: error });
    }
    if (named(error, 'EntityNotFound')) throw new NotFound((error as Error).message, { cause: error });
    throw quotaFor('CloudFront', error, ['EntityLimitExceeded']) ?? busyFor('CloudFront', error) ?? error;
  }
}
