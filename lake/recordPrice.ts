/** What a million records like one cost at list prices, hop by hop: its share of what its batch and its run did. Pure. */
import { assumed } from './cost.ts';
import { prices } from './prices.ts';

export interface RecordPrice {
  readonly hop: string;
  /** What is billed, for how many records. */
  readonly unit: string;
  readonly dollarsAMillion: number;
}

interface RecordWork {
  /** Of a record of a stream: its bytes there. */
  readonly streamBytes?: number;
  /** Records of its bronze object. */
  readonly batch?: number;
  /** The function that wrote the object was invoked for it. */
  readonly statements?: {
    readonly count: number;
    readonly scannedBytes: readonly number[];
    readonly records: number;
  };
}

/** Bytes of a PUT payload unit (https://aws.amazon.com/kinesis/data-streams/pricing/). */
const PUT_UNIT = 25 * 1024;
const MILLION = 1e6;
const number = (value: number) => value.toLocaleString('en-US');

export function recordPrice({ streamBytes, batch, statements }: RecordWork): RecordPrice[] {
  const units = Math.ceil((streamBytes ?? 0) / PUT_UNIT);
  const shared = (times: number, each: number, records: number) => (times * each * MILLION) / records;
  const writes = assumed.writesABronzeObject;
  const puts = assumed.putsABronzeObject;
  return [
    ...(streamBytes === undefined
      ? []
      : [
          {
            hop: 'Kinesis',
            unit: `${number(units)} PUT payload unit${units === 1 ? '' : 's'} a record, provisioned`,
            dollarsAMillion: units * prices.kinesis.millionPutUnits,
          },
        ]),
    ...(batch === undefined
      ? []
      : [
          {
            hop: 'Lambda',
            unit: `1 request for ${number(batch)} records, its seconds not counted`,
            dollarsAMillion: shared(1, prices.lambda.millionRequests / MILLION, batch),
          },
          {
            hop: 'S3',
            unit: `${number(puts)} PUTs for ${number(batch)} records`,
            dollarsAMillion: shared(puts, prices.s3.thousandPuts / 1000, batch),
          },
          {
            hop: 'Ledger',
            unit: `${number(writes)} writes for ${number(batch)} records`,
            dollarsAMillion: shared(writes, prices.dynamodb.millionWriteUnits / MILLION, batch),
          },
        ]),
    ...(statements === undefined || statements.records === 0
      ? []
      : [
          {
            hop: 'Athena',
            unit: `${number(statements.count)} statements for the ${number(statements.records)} records of the run`,
            dollarsAMillion: shared(
              statements.scannedBytes.reduce(
                (total, bytes) => total + Math.max(bytes, assumed.bytesAStatement),
                0,
              ),
              prices.athena.terabyteScanned / 1e12,
              statements.records,
            ),
          },
        ]),
  ];
}
