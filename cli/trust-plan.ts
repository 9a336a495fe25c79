/** One program to run. Printed as it is before anything happens. */
export interface TrustStep {
  /** What it does, for whoever reads the plan. */
  what: string;
  program: string;
  args: string[];
  /** It changes this machine for everybody, so an ordinary account may not do it. */
  asRoot: boolean;
  /** Failing is fine: it takes away what may not be there. */
  mayFail: boolean;
}

/** What a plan needs to know about the machine and the certificate. */
export interface TrustFacts {
  /** Hex, upper-case, without colons: how macOS and Windows name a certificate. Unknown once the file is gone. */
  sha1?: string;
  home: string;
  /** Certificate stores of Firefox and Chromium, when the program that writes to them is installed. */
  browserStores: readonly string[];
}

/** Our mark in every store: only what carries it, or has our certificate's fingerprint, is ever removed. */
const NICKNAME = 'Cottage local CA';
const LINUX_FILE = '/usr/local/share/ca-certificates/cottage-local-ca.crt';

/**
 * What has to be run so that this machine trusts the addresses of local apps, or no longer does. Empty when there is
 * nothing that could be done: another system, or a certificate to be removed that nobody knows any more.
 */
export function planTrust(
  platform: NodeJS.Platform,
  caPath: string,
  { remove, ...facts }: { remove: boolean } & TrustFacts,
): TrustStep[] {
  switch (platform) {
    case 'linux':
      return [
        ...(remove ? linuxRemove() : linuxInstall(caPath)),
        ...browserSteps(caPath, remove, facts.browserStores),
      ];
    case 'darwin':
      return remove ? macRemove(caPath, facts) : macInstall(caPath, facts);
    case 'win32':
      return remove ? windowsRemove(facts) : windowsInstall(caPath);
    default:
      return [];
  }
}

const step = (what: string, program: string, args: string[], more: Partial<TrustStep> = {}): TrustStep => ({
  what,
  program,
  args,
  asRoot: false,
  mayFail: false,
  ...more,
});

function linuxInstall(caPath: string): TrustStep[] {
  return [
    step(
      'copy the certificate to where this system keeps its own',
      'install',
      ['-m', '0644', caPath, LINUX_FILE],
      {
        asRoot: true,
      },
    ),
    step('let the system read it', 'update-ca-certificates', [], { asRoot: true }),
  ];
}

function linuxRemove(): TrustStep[] {
  return [
    step('remove the certificate', 'rm', ['-f', LINUX_FILE], { asRoot: true }),
    // Without --fresh the link to the removed file would stay behind.
    step('let the system forget it', 'update-ca-certificates', ['--fresh'], { asRoot: true }),
  ];
}

/** Firefox and Chromium keep their own lists on Linux. */
function browserSteps(caPath: string, remove: boolean, stores: readonly string[]): TrustStep[] {
  return stores.flatMap((store) => {
    const database = ['-d', `sql:${store}`];
    const removal = step(
      `let the browser with the store ${store} forget it`,
      'certutil',
      ['-D', ...database, '-n', NICKNAME],
      {
        mayFail: true,
      },
    );
    const installation = step(`let the browser with the store ${store} trust it`, 'certutil', [
      '-A',
      ...database,
      '-n',
      NICKNAME,
      '-t',
      'C,,',
      '-i',
      caPath,
    ]);
    // An older certificate of the same nickname would stay beside the new one.
    return remove ? [removal] : [removal, installation];
  });
}

const keychain = (home: string): string => `${home}/Library/Keychains/login.keychain-db`;

function macInstall(caPath: string, { home }: TrustFacts): TrustStep[] {
  const args = ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', keychain(home), caPath];
  return [step('trust the certificate for web addresses, for your account', 'security', args)];
}

function macRemove(caPath: string, { home, sha1 }: TrustFacts): TrustStep[] {
  if (sha1 === undefined) return [];
  return [
    step('no longer trust the certificate', 'security', ['remove-trusted-cert', caPath], { mayFail: true }),
    step('remove the certificate', 'security', ['delete-certificate', '-Z', sha1, keychain(home)]),
  ];
}

function windowsInstall(caPath: string): TrustStep[] {
  return [
    step('trust the certificate, for your account', 'certutil', ['-user', '-addstore', 'Root', caPath]),
  ];
}

function windowsRemove({ sha1 }: TrustFacts): TrustStep[] {
  if (sha1 === undefined) return [];
  return [step('remove the certificate', 'certutil', ['-user', '-delstore', 'Root', sha1])];
}

/** A step as somebody would type it. */
export function commandLine({ program, args, asRoot }: TrustStep): string {
  const quoted = [program, ...args].map((word) =>
    /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return [...(asRoot ? ['sudo'] : []), ...quoted].join(' ');
}
