import { describe } from 'vitest';
import { seeded } from '../builders/seeded.ts';
import { openDynamoDb } from './dynamodb-store.ts';
import { recordStoreContract } from './record-store.suite.ts';

describe('the DynamoDB store', () => {
  recordStoreContract(() => openDynamoDb());
});

describe('the DynamoDB store with reads that lag and pages cut short', () => {
  recordStoreContract(() => openDynamoDb({ lag: true, cutPages: seeded(1) }));
});
