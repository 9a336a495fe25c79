import type { PortName } from '../shared/runtime/aws.ts';
import { localFunctionName, placeholders, WORKFLOW_NAMES, workflowText } from '../workflows/index.ts';
import { PORTS_OF, type Use } from './uses.ts';

/** One Lambda function: how much it gets, what it may do. */
export interface FunctionPlan {
  /** A sentence for whoever finds it in the console. */
  does: string;
  uses: readonly Use[];
  /** Lambda gives a processor by the memory: 1,769 MB are one. */
  memoryMb?: number;
  /** Never longer than the state that calls it waits, or its late twin would work beside the retry. */
  timeoutSeconds?: number;
}

/** With what goes without saying. */
export interface PlannedFunction extends Required<FunctionPlan> {
  /** The folder of its code: that of `PublishEnsureDns` is `publish-ensure-dns`. */
  bundle: string;
}

const DEFAULT_MEMORY_MB = 512;
const DEFAULT_TIMEOUT_SECONDS = 30;

/** The steps of the workflows, under the names the workflow files call them by. */
export const STEPS: Readonly<Record<string, FunctionPlan>> = {
  PublishUnpack: {
    does: 'Reads the artifact and lists what is in it.',
    uses: ['records', 'fetchArtifacts', 'writeUploads', 'readUploads', 'writeWork', 'deleteLeftovers'],
    memoryMb: 1769,
    timeoutSeconds: 240,
  },
  PublishValidate: {
    does: 'Checks manifest, names, sizes and the index page; names the release.',
    uses: ['records', 'readUploads', 'readFiles', 'writeWork'],
    memoryMb: 1769,
    timeoutSeconds: 110,
  },
  PublishScan: {
    does: 'Looks for secrets and risky content.',
    uses: ['records', 'readUploads', 'readFiles', 'writeWork'],
    memoryMb: 3008,
    timeoutSeconds: 240,
  },
  PublishCheckPolicy: {
    does: 'Asks the policies.',
    uses: ['records', 'readFiles'],
    memoryMb: 1024,
    timeoutSeconds: 50,
  },
  PublishAwaitApproval: {
    does: 'Asks an approver by mail.',
    uses: ['records', 'sign', 'sendMail', 'runWorkflows'],
  },
  PublishDeploy: {
    does: 'Writes the files of the release, once.',
    uses: ['records', 'readUploads', 'readFiles', 'writeReleases'],
    memoryMb: 1769,
    timeoutSeconds: 240,
  },
  PublishEnsureCertificate: {
    does: "Waits for the certificate of the app's name.",
    uses: ['records', 'readCertificates'],
  },
  PublishBindName: { does: 'Makes the edge answer for the name.', uses: ['records', 'tenants'] },
  PublishEnsureDns: {
    does: 'Writes the records of the name.',
    uses: ['records', 'readZones', 'appRecords'],
  },
  PublishGoLive: { does: 'Points the app at the new release.', uses: ['records', 'readTenants', 'tenants'] },
  PublishVerify: {
    does: 'Looks at the app at the edge, as a visitor would.',
    uses: ['records', 'visitApps', 'sign'],
    timeoutSeconds: 110,
  },
  PublishRegister: {
    does: 'Enters the app into the catalog and tells its owner.',
    uses: ['records', 'sign', 'sendMail', 'announce', 'deleteLeftovers', 'deleteReleases'],
  },
  PublishRevert: {
    does: 'Points the app back at what was there before.',
    uses: ['records', 'readTenants', 'tenants'],
  },
  PublishExplain: {
    does: 'Says why a publish ended, and what to do.',
    uses: ['records', 'sign', 'sendMail', 'announce', 'deleteLeftovers'],
  },

  OnboardingCreateZone: {
    does: "Makes the team's zone and delegates to it.",
    // Of two zones made at once for one team, the later is deleted again.
    uses: ['records', 'readZones', 'createZones', 'deleteZones', 'delegate'],
  },
  OnboardingRequestCertificate: {
    does: "Asks for the team's certificate.",
    uses: [
      'records',
      'readCertificates',
      'requestCertificates',
      'deleteCertificates',
      'readZones',
      'appRecords',
    ],
  },
  OnboardingWriteValidation: {
    does: 'Writes the records that prove the names are ours.',
    uses: ['records', 'readCertificates', 'readZones', 'appRecords'],
  },
  OnboardingAwaitCertificate: {
    does: "Waits for the team's certificate.",
    uses: ['records', 'readCertificates'],
  },
  OnboardingRegisterTeam: {
    does: 'Enters the team into the catalog.',
    uses: ['records', 'sendMail', 'announce'],
  },
  OnboardingExplainTeam: {
    does: 'Says what became of a team.',
    uses: ['records'],
  },
  OnboardingCheckEmpty: {
    does: 'Makes sure that no app of the team is left.',
    uses: ['records', 'readZones'],
  },
  OnboardingCloseTeam: { does: 'Closes the team to new apps.', uses: ['records', 'sendMail', 'announce'] },
  OnboardingRemoveDelegation: {
    does: "Takes the team's zone out of the apex.",
    uses: ['records', 'readZones', 'delegate'],
  },
  OnboardingRemoveRecords: {
    does: "Removes what Cottage wrote into the team's zone.",
    uses: ['records', 'readZones', 'appRecords'],
  },
  OnboardingDeleteZone: {
    does: "Deletes the team's zone.",
    uses: ['records', 'readZones', 'deleteZones', 'delegate'],
  },
  OnboardingDeleteCertificate: {
    does: "Deletes the team's certificate.",
    uses: ['records', 'readCertificates', 'deleteCertificates'],
  },

  LifecycleStopPublishes: {
    does: 'Cancels what is still being published.',
    uses: ['records', 'runWorkflows', 'readExecutions', 'deleteLeftovers'],
  },
  LifecycleRemoveDns: { does: "Removes the app's names.", uses: ['records', 'readZones', 'appRecords'] },
  LifecycleUnbindName: {
    does: 'Takes the app off the edge.',
    uses: ['records', 'readZones', 'tenants', 'deleteTenants'],
  },
  LifecycleRemoveCertificate: {
    does: "Deletes the app's own certificate, if it had one.",
    uses: ['records', 'readCertificates', 'deleteCertificates', 'readZones', 'appRecords'],
  },
  LifecycleRemoveFiles: {
    does: "Deletes the app's files.",
    uses: ['records', 'deleteReleases', 'deleteLeftovers'],
  },
  LifecycleRetire: { does: 'Closes the entry in the catalog.', uses: ['records', 'sendMail', 'announce'] },
  LifecycleExplainRemoval: {
    does: 'Says what became of a removal.',
    uses: ['records'],
  },
};

const API: readonly Use[] = ['records', 'sign', 'runWorkflows'];
const API_SIZE = { memoryMb: 1024, timeoutSeconds: 29 };

/** What API Gateway calls; which paths each answers is in `constructs/rest-api.ts`. */
export const API_FUNCTIONS = {
  ApiHooks: {
    does: 'Takes publishes from low-code platforms.',
    uses: [...API, 'writeUploads', 'readUploads', 'deleteLeftovers'],
    ...API_SIZE,
  },
  ApiPublishes: {
    does: 'Shows how a publish stands, and takes the answers of signed links.',
    uses: [...API, 'knowPeople', 'readUploads', 'readExecutions'],
    ...API_SIZE,
  },
  ApiAdmin: {
    does: "Teams, platforms, the audit trail, the doctor's report of last night.",
    uses: [...API, 'knowPeople', 'readFiles', 'readZones', 'readExecutions', 'keepHeads'],
    ...API_SIZE,
  },
  ApiBeacon: {
    does: "Writes down what apps' pages tell of errors and load times.",
    uses: [],
    timeoutSeconds: 10,
  },
  ApiCatalog: {
    does: 'Shows and changes the catalog.',
    uses: [
      ...API,
      'sendMail',
      'announce',
      'knowPeople',
      'readTenants',
      'tenants',
      'visitApps',
      'readExecutions',
    ],
    ...API_SIZE,
  },
} satisfies Record<string, FunctionPlan>;

const SWEEP: readonly Use[] = [
  'records',
  'sign',
  'sendMail',
  'runWorkflows',
  'announce',
  'readExecutions',
  'readTenants',
  'tenants',
  'visitApps',
  'deleteLeftovers',
  'deleteReleases',
];

/** What the clock calls. */
export const SCHEDULED_FUNCTIONS = {
  LifecycleSweep: {
    does: 'Does what is due, every minute.',
    uses: SWEEP,
    memoryMb: 1024,
    timeoutSeconds: 55,
  },
  LifecycleNightly: {
    does: 'Keeps the heads of the audit trail, and compares what is with what should be.',
    uses: [
      'records',
      'sign',
      'readExecutions',
      'readTenants',
      'readUploads',
      'readFiles',
      'readZones',
      'readCertificates',
      'keepHeads',
      'diagnose',
    ],
    memoryMb: 1769,
    timeoutSeconds: 900,
  },
} satisfies Record<string, FunctionPlan>;

/**
 * Every function the workflow files, the API and the clock call, by name.
 * @throws RangeError when a workflow file calls a step that nobody has planned.
 */
export function plannedFunctions(): Record<string, PlannedFunction> {
  const steps = [...new Set(WORKFLOW_NAMES.flatMap((name) => placeholders(workflowText(name))))].map(
    (step) => {
      const plan = STEPS[step];
      if (!plan) throw new RangeError(`infra/functions.ts says nothing of the step ${step}`);
      return [step, plan] as const;
    },
  );
  const all: Record<string, FunctionPlan> = {
    ...Object.fromEntries(steps),
    ...API_FUNCTIONS,
    ...SCHEDULED_FUNCTIONS,
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, plan]) => [
      name,
      {
        memoryMb: DEFAULT_MEMORY_MB,
        timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
        bundle: localFunctionName(name),
        ...plan,
      },
    ]),
  );
}

/**
 * The ports of a function, by the name of its bundle: what it uses, and no more. The entry of the bundle is made of this,
 * and whoever opens the function elsewhere opens it with these.
 * @throws RangeError when no function has this bundle
 */
export function portsOf(bundle: string): PortName[] {
  const plan = Object.values(plannedFunctions()).find((planned) => planned.bundle === bundle);
  if (!plan) throw new RangeError(`no function is planned with the bundle ${bundle}`);
  const ports: PortName[] = plan.uses.flatMap((use) => PORTS_OF[use]);
  return [...new Set(ports)].toSorted();
}
