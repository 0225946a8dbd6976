/** What the catalog keeps but nothing here runs: triggers, rulesets, security configurations. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { CatalogStore } from '../store.ts';

export type DefinitionKind = 'Job' | 'Trigger' | 'DataQualityRuleset' | 'SecurityConfiguration';

export function definitionActions(context: CloudContext, store: CatalogStore): Record<string, Action> {
  const require = (kind: DefinitionKind, name: string) => {
    const definition = store.definition(kind, name);
    if (!definition) throw new AwsError('EntityNotFoundException', `${kind} ${name} not found.`);
    return definition;
  };
  const refuse = (what: string) => () => {
    throw new NotEmulatedError('Glue', what);
  };
  return {
    GetTrigger: ({ Name }: { Name: string }) => ({ Trigger: require('Trigger', Name) }),
    StartTrigger: refuse('StartTrigger'),
    GetDataQualityRuleset: ({ Name }: { Name: string }) => require('DataQualityRuleset', Name),
    StartDataQualityRulesetEvaluationRun: refuse('StartDataQualityRulesetEvaluationRun'),
    GetSecurityConfiguration: ({ Name }: { Name: string }) => ({
      SecurityConfiguration: require('SecurityConfiguration', Name),
    }),
    GetCatalogImportStatus: () => ({
      ImportStatus: {
        ImportCompleted: true,
        ImportTime: Math.floor(context.clock.now() / 1000),
        ImportedBy: context.accountId,
      },
    }),
  };
}
