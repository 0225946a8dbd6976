/** Dashboards, kept as they were written. */
import { AwsError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { CloudWatchStore } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html */
const MOST_LISTED = 1000;

interface Dashboard {
  readonly name: string;
  readonly body: string;
}

function checkBody(body: string): void {
  try {
    JSON.parse(body);
  } catch (cause) {
    throw new AwsError('DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object', {
      cause,
    });
  }
}

export function dashboardActions(context: CloudContext, store: CloudWatchStore): Record<string, Action> {
  const arnOf = (name: string) => `arn:aws:cloudwatch::${context.accountId}:dashboard/${name}`;
  const absent = (name: string) =>
    new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, { status: 404 });
  return {
    PutDashboard({ DashboardName, DashboardBody }: { DashboardName: string; DashboardBody: string }) {
      checkBody(DashboardBody);
      store.saveDocument('dashboard', DashboardName, { name: DashboardName, body: DashboardBody });
      return { DashboardValidationMessages: [] };
    },
    GetDashboard({ DashboardName }: { DashboardName: string }) {
      const dashboard = store.document<Dashboard>('dashboard', DashboardName);
      if (!dashboard) throw absent(DashboardName);
      return { DashboardName, DashboardArn: arnOf(DashboardName), DashboardBody: dashboard.body };
    },
    ListDashboards({
      DashboardNamePrefix = '',
      NextToken,
    }: {
      DashboardNamePrefix?: string;
      NextToken?: string;
    }) {
      const found = store
        .documents<Dashboard>('dashboard')
        .filter(({ name }) => name.startsWith(DashboardNamePrefix));
      const { items, next } = pageOf(found, {
        keyOf: ({ name }) => name,
        limit: MOST_LISTED,
        token: NextToken,
        invalidToken: (token) =>
          new AwsError('InvalidParameterValueException', `NextToken ${token} is invalid.`),
      });
      return {
        DashboardEntries: items.map(({ name }) => ({ DashboardName: name, DashboardArn: arnOf(name) })),
        NextToken: next,
      };
    },
    DeleteDashboards({ DashboardNames }: { DashboardNames: readonly string[] }) {
      const missing = DashboardNames.find((name) => !store.document('dashboard', name));
      if (missing !== undefined) throw absent(missing);
      for (const name of DashboardNames) store.dropDocument('dashboard', name);
      return {};
    },
  };
}
