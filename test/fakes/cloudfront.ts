import type {
  CreateDistributionTenantCommandInput,
  DeleteDistributionTenantCommandInput,
  DistributionTenant,
  GetDistributionTenantByDomainCommandInput,
  GetDistributionTenantCommandInput,
  ListDistributionTenantsCommandInput,
  Parameter,
  UpdateDistributionTenantCommandInput,
} from '@aws-sdk/client-cloudfront';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';

export interface CloudFrontSetUp {
  distributionId: string;
  /** A second one, with the same parameters. */
  edgeDistributionId?: string;
  connectionGroupId: string;
  /** The names of the parameters that the multi-tenant distribution defines. */
  parameters: readonly string[];
  /** Is this certificate issued, and good for the host? */
  certificate?: (arn: string, host: string) => boolean;
  /** A change is InProgress for so many reads. */
  deployReads?: number;
  /** A change is InProgress, and not seen by visitors, until `settle()`. */
  lag?: boolean;
  pageSize?: number;
  /** "Quotas": 10,000 tenants an account. */
  maxTenants?: number;
}

type Settings = Pick<
  DistributionTenant,
  'DistributionId' | 'ConnectionGroupId' | 'Customizations' | 'Parameters' | 'Enabled'
> & { domains: string[] };

interface FakeTenant {
  id: string;
  name: string;
  etag: string;
  settings: Settings;
  /** Reads until it is deployed. */
  readsLeft: number;
  deployed: boolean;
}

/** CloudFront's distribution tenants: the operations that Cottage uses. Stricter than the service, never kinder. */
export class FakeCloudFront implements Fake {
  readonly operations = {
    CreateDistributionTenant: (input: CreateDistributionTenantCommandInput) => this.#create(input),
    DeleteDistributionTenant: (input: DeleteDistributionTenantCommandInput) => this.#delete(input),
    GetDistributionTenant: ({ Identifier }: GetDistributionTenantCommandInput) =>
      this.#read(
        [...this.#tenants.values()].find(({ id, name }) => id === Identifier || name === Identifier),
      ),
    GetDistributionTenantByDomain: ({ Domain = '' }: GetDistributionTenantByDomainCommandInput) =>
      this.#read(this.#withDomain(Domain)),
    ListDistributionTenants: (input: ListDistributionTenantsCommandInput) => this.#list(input),
    UpdateDistributionTenant: (input: UpdateDistributionTenantCommandInput) => this.#update(input),
  };
  readonly #setUp: CloudFrontSetUp;
  readonly #tenants = new Map<string, FakeTenant>();
  /** What visitors meet, by host. */
  readonly #shown = new Map<string, Settings>();
  /** Domains that distributions of others have. */
  readonly #taken = new Set<string>();
  #made = 0;
  #touched = false;

  constructor(setUp: CloudFrontSetUp) {
    this.#setUp = setUp;
  }

  snapshot(): () => void {
    return snapshotOf(this.#tenants, this.#shown);
  }

  /** Lets a lagging edge catch up. */
  settle(): void {
    this.#shown.clear();
    for (const tenant of this.#tenants.values()) {
      tenant.deployed = true;
      for (const domain of tenant.settings.domains) this.#shown.set(domain, tenant.settings);
    }
  }

  /** The parameters of the tenant that a visitor of this host meets; undefined when none, or TLS fails. */
  visit(host: string): Map<string, string> | undefined {
    const shown = this.#shown.get(host);
    const arn = shown?.Customizations?.Certificate?.Arn;
    if (shown?.Enabled !== true || arn === undefined) return undefined;
    return new Map(shown.Parameters?.map(({ Name = '', Value = '' }) => [Name, Value]));
  }

  /** Somebody else changes the tenant that is read next, right after the read. */
  touchAfterRead(): void {
    this.#touched = true;
  }

  /** A distribution of somebody else has this domain. */
  takeDomain(domain: string): void {
    this.#taken.add(domain);
  }

  /** Puts a tenant there that others have made, past every rule. */
  plant(name: string, domain: string, parameters: Parameter[] = [], elsewhere: Partial<Settings> = {}): void {
    const { distributionId, connectionGroupId } = this.#setUp;
    this.#add(name, {
      DistributionId: distributionId,
      ConnectionGroupId: connectionGroupId,
      Parameters: parameters,
      Enabled: true,
      ...elsewhere,
      domains: [domain],
    });
  }

  tenants(): { name: string; domains: string[]; enabled: boolean }[] {
    return [...this.#tenants.values()].map(({ name, settings }) => ({
      name,
      domains: settings.domains,
      enabled: settings.Enabled === true,
    }));
  }

  #withDomain(domain: string): FakeTenant | undefined {
    return [...this.#tenants.values()].find(({ settings }) => settings.domains.includes(domain));
  }

  #create(input: CreateDistributionTenantCommandInput) {
    const { Name = '', Domains = [], Tags: _, ManagedCertificateRequest: __, ...rest } = input;
    if (!/^[a-zA-Z0-9][a-zA-Z0-9-._]{2,127}$/.test(Name)) throw invalid(`no name for a tenant: ${Name}`);
    if ([...this.#tenants.values()].some(({ name }) => name === Name)) {
      throw new AwsFault('EntityAlreadyExists', 409, `a distribution tenant ${Name} already exists`);
    }
    const settings = {
      ...rest,
      Enabled: rest.Enabled ?? true,
      domains: Domains.map(({ Domain = '' }) => Domain),
    };
    this.#check(settings);
    if (this.#tenants.size >= (this.#setUp.maxTenants ?? 10_000)) {
      throw new AwsFault('EntityLimitExceeded', 400, 'the limit of distribution tenants has been reached');
    }
    return this.#answer(this.#add(Name, settings));
  }

  #add(name: string, settings: Settings): FakeTenant {
    this.#made += 1;
    const id = `dt_${String(this.#made).padStart(22, '0')}`;
    const tenant = { id, name, etag: '', settings, readsLeft: 0, deployed: false };
    this.#tenants.set(id, tenant);
    this.#changed(tenant, settings);
    return tenant;
  }

  #changed(tenant: FakeTenant, settings: Settings): void {
    const { deployReads = 0, lag = false } = this.#setUp;
    this.#made += 1;
    Object.assign(tenant, { settings, etag: `E${this.#made}TAG`, readsLeft: deployReads, deployed: false });
    if (!lag) for (const domain of settings.domains) this.#shown.set(domain, settings);
  }

  #check(settings: Settings, self?: FakeTenant): void {
    const { distributionId, edgeDistributionId, connectionGroupId, parameters, certificate } = this.#setUp;
    const { domains, Parameters = [], Customizations } = settings;
    const isKnown = [distributionId, edgeDistributionId].includes(settings.DistributionId ?? '');
    if (!isKnown) throw notFound(`distribution ${settings.DistributionId}`);
    if (settings.ConnectionGroupId !== connectionGroupId) {
      throw notFound(`connection group ${settings.ConnectionGroupId}`);
    }
    if (domains.length < 1 || domains.length > 5) throw invalid('a tenant has 1 to 5 domains');
    if (domains.some((domain) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)))
      throw invalid('no domain name');
    if (new Set(Parameters.map(({ Name }) => Name)).size < Parameters.length)
      throw invalid('a parameter twice');
    for (const { Name = '', Value = '' } of Parameters) {
      if (!parameters.includes(Name)) throw invalid(`the distribution does not define the parameter ${Name}`);
      if (Value.length < 1 || Value.length > 256)
        throw invalid(`a parameter has 1 to 256 characters: ${Name}`);
    }
    if (Parameters.length > 5) throw invalid('at most 5 parameters');
    const arn = Customizations?.Certificate?.Arn ?? '';
    for (const domain of domains) {
      const other = this.#withDomain(domain);
      if (this.#taken.has(domain) || (other !== undefined && other !== self)) {
        throw new AwsFault(
          'CNAMEAlreadyExists',
          409,
          `One or more of the CNAMEs you provided are already associated: ${domain}`,
        );
      }
      if (arn === '' || certificate?.(arn, domain) === false)
        throw invalid(`no certificate covers ${domain}`);
    }
  }

  #update(input: UpdateDistributionTenantCommandInput) {
    const { Id = '', IfMatch, Domains = [], ManagedCertificateRequest: _, ...rest } = input;
    const tenant = this.#matching(Id, IfMatch);
    if (rest.Enabled === undefined) throw invalid('this fake wants to be told whether it is enabled');
    const settings = { ...rest, domains: Domains.map(({ Domain = '' }) => Domain) };
    this.#check(settings, tenant);
    this.#changed(tenant, settings);
    return this.#answer(tenant);
  }

  #delete({ Id = '', IfMatch }: DeleteDistributionTenantCommandInput) {
    const tenant = this.#matching(Id, IfMatch);
    if (tenant.settings.Enabled === true || !this.#isDeployed(tenant)) {
      throw new AwsFault(
        'ResourceNotDisabled',
        409,
        'The tenant you are trying to delete has not been disabled.',
      );
    }
    this.#tenants.delete(Id);
    for (const domain of tenant.settings.domains) this.#shown.delete(domain);
    return {};
  }

  #matching(id: string, ifMatch: string | undefined): FakeTenant {
    const tenant = this.#tenants.get(id);
    if (!tenant) throw notFound(`distribution tenant ${id}`);
    if (ifMatch === undefined || ifMatch === '') {
      throw new AwsFault(
        'InvalidIfMatchVersion',
        400,
        'The If-Match version is missing or not valid for the resource.',
      );
    }
    if (ifMatch !== tenant.etag) {
      throw new AwsFault(
        'PreconditionFailed',
        412,
        'The request failed because it did not meet the preconditions in one or more request-header fields.',
      );
    }
    return tenant;
  }

  #read(tenant: FakeTenant | undefined) {
    if (!tenant) throw notFound('distribution tenant');
    const answer = this.#answer(tenant);
    tenant.readsLeft -= 1;
    if (this.#touched) this.#changed(tenant, tenant.settings);
    this.#touched = false;
    return answer;
  }

  #isDeployed({ deployed, readsLeft }: FakeTenant): boolean {
    return this.#setUp.lag === true ? deployed : readsLeft <= 0;
  }

  #answer(tenant: FakeTenant) {
    return {
      DistributionTenant: { ...this.#described(tenant), Parameters: tenant.settings.Parameters ?? [] },
      ETag: tenant.etag,
    };
  }

  #described(tenant: FakeTenant) {
    const { domains, Parameters: _, ...settings } = tenant.settings;
    return {
      Id: tenant.id,
      Name: tenant.name,
      Arn: `arn:aws:cloudfront::123456789012:distribution-tenant/${tenant.id}`,
      ...settings,
      Domains: domains.map((Domain) => ({ Domain, Status: 'active' })),
      CreatedTime: new Date(0),
      LastModifiedTime: new Date(0),
      Status: this.#isDeployed(tenant) ? 'Deployed' : 'InProgress',
    };
  }

  #list({ AssociationFilter, Marker = '', MaxItems = 100 }: ListDistributionTenantsCommandInput) {
    const { DistributionId } = AssociationFilter ?? {};
    const all = [...this.#tenants.values()].filter(
      ({ id, settings }) =>
        id >= Marker && (DistributionId === undefined || settings.DistributionId === DistributionId),
    );
    const size = Math.min(MaxItems, this.#setUp.pageSize ?? MaxItems);
    const next = all[size];
    return {
      DistributionTenantList: all
        .slice(0, size)
        .map((tenant) => ({ ...this.#described(tenant), ETag: tenant.etag })),
      ...(next && { NextMarker: next.id }),
    };
  }
}

const invalid = (message: string): AwsFault => new AwsFault('InvalidArgument', 400, message);

const notFound = (what: string): AwsFault =>
  new AwsFault('EntityNotFound', 404, `The entity was not found: ${what}`);
