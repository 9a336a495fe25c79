import { explainRemoval } from '../functions/lifecycle/explain-removal.ts';
import { removeCertificate } from '../functions/lifecycle/remove-certificate.ts';
import { removeDns } from '../functions/lifecycle/remove-dns.ts';
import { removeFiles } from '../functions/lifecycle/remove-files.ts';
import { retire } from '../functions/lifecycle/retire.ts';
import { stopPublishes } from '../functions/lifecycle/stop-publishes.ts';
import { unbindName } from '../functions/lifecycle/unbind-name.ts';
import { awaitCertificate } from '../functions/onboarding/await-certificate.ts';
import { checkEmpty } from '../functions/onboarding/check-empty.ts';
import { closeTeam } from '../functions/onboarding/close-team.ts';
import { createZone } from '../functions/onboarding/create-zone.ts';
import { deleteCertificate } from '../functions/onboarding/delete-certificate.ts';
import { deleteZone } from '../functions/onboarding/delete-zone.ts';
import { explainTeam } from '../functions/onboarding/explain-team.ts';
import { registerTeam } from '../functions/onboarding/register-team.ts';
import { removeDelegation } from '../functions/onboarding/remove-delegation.ts';
import { removeRecords } from '../functions/onboarding/remove-records.ts';
import { requestCertificate } from '../functions/onboarding/request-certificate.ts';
import { writeValidation } from '../functions/onboarding/write-validation.ts';
import { awaitApproval } from '../functions/publish/await-approval.ts';
import { bindName } from '../functions/publish/bind-name.ts';
import { checkPolicy } from '../functions/publish/check-policy.ts';
import { deploy } from '../functions/publish/deploy.ts';
import { ensureCertificate } from '../functions/publish/ensure-certificate.ts';
import { ensureDns } from '../functions/publish/ensure-dns.ts';
import { explain } from '../functions/publish/explain.ts';
import { goLive } from '../functions/publish/go-live.ts';
import { register } from '../functions/publish/register.ts';
import { revert } from '../functions/publish/revert.ts';
import { scan } from '../functions/publish/scan.ts';
import { unpack } from '../functions/publish/unpack.ts';
import { validate } from '../functions/publish/validate.ts';
import { verify } from '../functions/publish/verify.ts';
import type { Step } from '../shared/runtime/step.ts';

/** Every step, by the name its function goes by in the workflow files. */
export const STEPS: Record<string, Step> = {
  'publish-unpack': unpack,
  'publish-validate': validate,
  'publish-scan': scan,
  'publish-check-policy': checkPolicy,
  'publish-await-approval': awaitApproval,
  'publish-deploy': deploy,
  'publish-ensure-certificate': ensureCertificate,
  'publish-bind-name': bindName,
  'publish-ensure-dns': ensureDns,
  'publish-go-live': goLive,
  'publish-verify': verify,
  'publish-register': register,
  'publish-revert': revert,
  'publish-explain': explain,
  'onboarding-create-zone': createZone,
  'onboarding-request-certificate': requestCertificate,
  'onboarding-write-validation': writeValidation,
  'onboarding-await-certificate': awaitCertificate,
  'onboarding-register-team': registerTeam,
  'onboarding-check-empty': checkEmpty,
  'onboarding-remove-records': removeRecords,
  'onboarding-remove-delegation': removeDelegation,
  'onboarding-delete-zone': deleteZone,
  'onboarding-delete-certificate': deleteCertificate,
  'onboarding-close-team': closeTeam,
  'onboarding-explain-team': explainTeam,
  'lifecycle-stop-publishes': stopPublishes,
  'lifecycle-remove-dns': removeDns,
  'lifecycle-unbind-name': unbindName,
  'lifecycle-remove-certificate': removeCertificate,
  'lifecycle-remove-files': removeFiles,
  'lifecycle-retire': retire,
  'lifecycle-explain-removal': explainRemoval,
};
