/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
import { publish } from '../delivery.ts';
import { assertDefaultBus, type Events, eventOf, timeText } from '../state.ts';

export async function putEvents(
  events: Events,
  input: { readonly Entries: readonly Record<string, unknown>[] },
) {
  const results: Record<string, string>[] = [];
  for (const entry of input.Entries) results.push(await putEvent(events, entry));
  return {
    FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
    Entries: results,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: one entry of PutEvents; every member used is checked here.
async function putEvent(events: Events, entry: any): Promise<Record<string, string>> {
  assertDefaultBus(entry.EventBusName);
  const missing = ['Source', 'DetailType', 'Detail'].find((name) => !entry[name]);
  if (missing) {
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
    };
  }
  let detail: never;
  try {
    detail = JSON.parse(entry.Detail) as never;
  } catch {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  const event = eventOf(events, {
    source: entry.Source,
    'detail-type': entry.DetailType,
    resources: entry.Resources ?? [],
    time: timeText(entry.Time === undefined ? events.context.clock.now() : entry.Time * 1000),
    detail,
  });
  await publish(events.context, events.store, event);
  return { EventId: event.id };
}
