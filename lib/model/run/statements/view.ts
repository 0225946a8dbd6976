/** A view: the model's SELECT with the contract's types, computed when it is read. */

import { parseType, queryType } from '../../contract/types.ts';
import { checkedStatement, quoteName } from '../../sql/write.ts';
import { type ModelTable, targetName } from './names.ts';

/** CREATE OR REPLACE VIEW (https://docs.aws.amazon.com/athena/latest/ug/create-view.html). */
export function viewSql(model: ModelTable): string {
  const columns = model.contract.columns.map(
    ({ name, type }) => `  CAST(v.${quoteName(name)} AS ${queryType(parseType(type))}) AS ${quoteName(name)}`,
  );
  return checkedStatement(
    `view ${model.name}`,
    `CREATE OR REPLACE VIEW ${targetName(model)} AS\nSELECT\n${columns.join(',\n')}\nFROM (\n${model.sql}\n) AS v`,
  );
}
