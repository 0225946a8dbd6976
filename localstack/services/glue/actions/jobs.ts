/** Jobs and their runs. https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs.html */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { JobDefinition, JobRuns } from '../jobRuns.ts';
import { page } from '../paging.ts';
import type { CatalogStore } from '../store.ts';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobs.html */
const jobsAPage = 1000;
const runsAPage = 200;

interface Paging {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export function jobActions(
  context: CloudContext,
  store: CatalogStore,
  runs: JobRuns,
): Record<string, Action> {
  const require = (name: string) => {
    const job = store.definition('Job', name);
    if (!job) throw new AwsError('EntityNotFoundException', `Job ${name} not found.`);
    return job as unknown as JobDefinition;
  };
  const seconds = () => context.clock.now() / 1000;
  return {
    CreateJob({ Tags: _tags, ...job }: JobDefinition & { Tags?: unknown }) {
      if (store.definition('Job', job.Name))
        throw new AwsError('AlreadyExistsException', `Job with name: ${job.Name} already exists.`);
      store.putDefinition('Job', job.Name, { ...job, CreatedOn: seconds(), LastModifiedOn: seconds() });
      return { Name: job.Name };
    },
    UpdateJob({ JobName, JobUpdate }: { JobName: string; JobUpdate: Omit<JobDefinition, 'Name'> }) {
      const { CreatedOn } = require(JobName) as JobDefinition & { CreatedOn?: number };
      store.putDefinition('Job', JobName, {
        ...JobUpdate,
        Name: JobName,
        CreatedOn,
        LastModifiedOn: seconds(),
      });
      return { JobName };
    },
    /** Glue answers alike when there is no such job. */
    DeleteJob({ JobName }: { JobName: string }) {
      store.deleteDefinition('Job', JobName);
      return { JobName };
    },
    GetJob: ({ JobName }: { JobName: string }) => ({ Job: require(JobName) }),
    GetJobs(request: Paging) {
      const { items, ...rest } = page(store.definitions('Job'), request, jobsAPage);
      return { Jobs: items, ...rest };
    },
    ListJobs(request: Paging) {
      const { items, ...rest } = page(store.definitions('Job'), request, jobsAPage);
      return { JobNames: items.map((job) => job.Name), ...rest };
    },
    async StartJobRun(request: { JobName: string; Arguments?: Record<string, string>; Timeout?: number }) {
      const run = await runs.start(require(request.JobName), request.Arguments, request.Timeout);
      return { JobRunId: run.Id };
    },
    GetJobRun: ({ JobName, RunId }: { JobName: string; RunId: string }) => ({
      JobRun: runs.require(JobName, RunId),
    }),
    GetJobRuns(request: Paging & { JobName: string }) {
      require(request.JobName);
      const { items, ...rest } = page(store.jobRuns(request.JobName), request, runsAPage);
      return { JobRuns: items, ...rest };
    },
    BatchStopJobRun({ JobName, JobRunIds }: { JobName: string; JobRunIds: string[] }) {
      const found = JobRunIds.map((JobRunId) => {
        const run = store.jobRun(JobRunId);
        if (run?.JobName !== JobName)
          return { JobRunId, code: 'EntityNotFoundException', message: `Job Run ${JobRunId} not found.` };
        return runs.stop(run)
          ? { JobRunId }
          : { JobRunId, code: 'InvalidInputException', message: `Job Run ${JobRunId} is not running.` };
      });
      return {
        SuccessfulSubmissions: found
          .filter(({ code }) => !code)
          .map(({ JobRunId }) => ({ JobName, JobRunId })),
        Errors: found.flatMap(({ JobRunId, code, message }) =>
          code ? [{ JobName, JobRunId, ErrorDetail: { ErrorCode: code, ErrorMessage: message } }] : [],
        ),
      };
    },
  };
}
