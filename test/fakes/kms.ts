import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type {
  CreateAliasCommandInput,
  CreateKeyCommandInput,
  DescribeKeyCommandInput,
  DisableKeyCommandInput,
  GenerateMacCommandInput,
  ScheduleKeyDeletionCommandInput,
  VerifyMacCommandInput,
} from '@aws-sdk/client-kms';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';

interface Key {
  id: string;
  arn: string;
  secret: Buffer;
  isEnabled: boolean;
  /** When it goes for good, if it does. */
  deletionAt?: Date;
}

const MAX_MESSAGE_BYTES = 4096;
const DAY_MS = 86_400_000;

/** KMS: HMAC keys of 256 bits, and MACs made with them. */
export class FakeKms implements Fake {
  readonly operations = {
    CreateKey: (input: CreateKeyCommandInput) => this.#createKey(input),
    CreateAlias: ({ AliasName = '', TargetKeyId }: CreateAliasCommandInput) => {
      this.#aliases.set(AliasName, this.key(TargetKeyId));
    },
    DescribeKey: ({ KeyId }: DescribeKeyCommandInput) => ({ KeyMetadata: describedKey(this.key(KeyId)) }),
    DisableKey: ({ KeyId }: DisableKeyCommandInput) => {
      this.key(KeyId).isEnabled = false;
    },
    ScheduleKeyDeletion: ({ KeyId, PendingWindowInDays = 30 }: ScheduleKeyDeletionCommandInput) => {
      const deletionAt = new Date(Date.now() + PendingWindowInDays * DAY_MS);
      Object.assign(this.key(KeyId), { isEnabled: false, deletionAt });
      return { KeyId: this.key(KeyId).arn, DeletionDate: deletionAt, KeyState: 'PendingDeletion' };
    },
    GenerateMac: (input: GenerateMacCommandInput) => this.#generate(input),
    VerifyMac: (input: VerifyMacCommandInput) => this.#verify(input),
  };
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, Key>();
  #refusal: AwsFault | undefined;

  /** By id, ARN or alias. @throws AwsFault `NotFoundException`. */
  key(name = ''): Key {
    const key =
      this.#aliases.get(name) ?? [...this.#keys.values()].find(({ id, arn }) => id === name || arn === name);
    if (key === undefined) throw new AwsFault('NotFoundException', 400, `Key '${name}' does not exist`);
    return key;
  }

  /** The next MAC made or verified fails with this error. */
  refuseNext(fault: AwsFault): void {
    this.#refusal = fault;
  }

  #createKey({ KeySpec, KeyUsage }: CreateKeyCommandInput) {
    if (KeySpec !== 'HMAC_256' || KeyUsage !== 'GENERATE_VERIFY_MAC') {
      throw new TypeError(`the fake of KMS makes no key ${KeySpec} for ${KeyUsage}`);
    }
    const id = `${randomBytes(4).toString('hex')}-0000-4000-8000-${randomBytes(6).toString('hex')}`;
    const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
    this.#keys.set(id, { id, arn, secret: randomBytes(32), isEnabled: true });
    return { KeyMetadata: { KeyId: id, Arn: arn } };
  }

  #generate(input: GenerateMacCommandInput) {
    const key = this.#usable(input);
    return { KeyId: key.arn, Mac: macOf(key, input.Message), MacAlgorithm: input.MacAlgorithm };
  }

  #verify(input: VerifyMacCommandInput) {
    const key = this.#usable(input);
    const { Mac = new Uint8Array() } = input;
    const expected = macOf(key, input.Message);
    if (Mac.length !== expected.length || !timingSafeEqual(Mac, expected)) {
      throw new AwsFault('KMSInvalidMacException', 400, 'the MAC is not the one of this message');
    }
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  }

  #usable({ KeyId, Message, MacAlgorithm }: GenerateMacCommandInput): Key {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal) throw refusal;
    const length = Message?.length ?? 0;
    if (length < 1 || length > MAX_MESSAGE_BYTES) {
      throw new AwsFault(
        'ValidationException',
        400,
        `a message has 1 to ${MAX_MESSAGE_BYTES} bytes, not ${length}`,
      );
    }
    const key = this.key(KeyId);
    if (key.deletionAt) {
      throw new AwsFault('KMSInvalidStateException', 400, `${key.arn} is pending deletion.`);
    }
    if (!key.isEnabled) throw new AwsFault('DisabledException', 400, `${key.arn} is disabled.`);
    if (MacAlgorithm !== 'HMAC_SHA_256') {
      throw new AwsFault('InvalidKeyUsageException', 400, `${MacAlgorithm} is none of this key`);
    }
    return key;
  }
}

const describedKey = ({ id, arn, isEnabled, deletionAt }: Key) => ({
  KeyId: id,
  Arn: arn,
  KeySpec: 'HMAC_256',
  KeyUsage: 'GENERATE_VERIFY_MAC',
  Enabled: isEnabled,
  KeyState: deletionAt ? 'PendingDeletion' : isEnabled ? 'Enabled' : 'Disabled',
  ...(deletionAt && { DeletionDate: deletionAt }),
});

const macOf = ({ secret }: Key, message: Uint8Array = new Uint8Array()): Buffer =>
  createHmac('sha256', secret).update(message).digest();
