/** A table of the catalog, exactly as the contract's model describes it to Glue's API. */
import { Aws, type RemovalPolicy } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import type { TableInput } from '../model/run/glue.ts';

export interface ContractTableProps {
  readonly database: string;
  readonly tableInput: TableInput;
  readonly removalPolicy: RemovalPolicy;
}

export class ContractTable extends Construct {
  constructor(scope: Construct, id: string, { database, tableInput, removalPolicy }: ContractTableProps) {
    super(scope, id);
    const table = new CfnTable(this, 'Table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: database,
      tableInput: { name: tableInput.Name },
    });
    table.addPropertyOverride('TableInput', tableInput);
    table.applyRemovalPolicy(removalPolicy);
  }
}
