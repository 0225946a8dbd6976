/** What the catalog keeps but nothing here runs: jobs, triggers, rulesets, security configurations. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { page } from '../paging.ts';
import type { CatalogStore } from '../store.ts';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobs.html */
const jobsAPage = 1000;

interface Paging {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

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
    GetJob: ({ JobName }: { JobName: string }) => ({ Job: require('Job', JobName) }),
    GetJobs(request: Paging) {
      const { items, ...rest } = page(store.definitions('Job'), request, jobsAPage);
      return { Jobs: items, ...rest };
    },
    ListJobs(request: Paging) {
      const { items, ...rest } = page(store.definitions('Job'), request, jobsAPage);
      return { JobNames: items.map((job) => job.Name), ...rest };
    },
    StartJobRun: refuse('StartJobRun (PySpark jobs run on AWS, or by the scripts in glue-scripts/)'),
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
