import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RECORDS_TABLE } from '../../shared/records/table.ts';

/** Makes the table of records, as the templates do. */
export async function createRecordsTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const { partitionKey, sortKey, indexes } = RECORDS_TABLE;
  const attributes = [partitionKey, sortKey, ...indexes.flatMap((each) => [each.partitionKey, each.sortKey])];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schema(partitionKey, sortKey),
      AttributeDefinitions: attributes.map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: index.projection },
      })),
    }),
  );
}

const schema = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
];
