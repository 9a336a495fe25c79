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
};
