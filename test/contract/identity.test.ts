import { join } from 'node:path';
import { describe } from 'vitest';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { tempFolder } from '../builders/temp.ts';
import { identityContract } from './identity.suite.ts';

const open = async () => new LocalIdentity(await LocalSigner.open(join(tempFolder(), 'signing-key.json')));

describe('tokens of our own key', () => {
  identityContract(async () => {
    const [identity, other] = [await open(), await open()];
    return {
      identity,
      tokenFor: (principal) => identity.issue(principal),
      forgedFor: (principal) => other.issue(principal),
    };
  });
});
