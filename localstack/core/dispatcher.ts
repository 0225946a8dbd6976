/** The one way into an action, from HTTP and in process alike: it must exist, and it is metered. */
import { randomUUID } from 'node:crypto';
import { NotEmulatedError } from './errors.ts';
import { serviceNamed } from './protocols/catalogue.ts';
import type { CallContext, Meter, Principal, Service } from './service.ts';

export interface Dispatcher {
  /** Throws `NotEmulatedError` for a service or an action that this cloud does not have. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by action.
  invoke(service: Service, action: string, input: unknown, call: CallContext): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by action.
  call(serviceName: string, action: string, input: unknown, principal?: Principal): Promise<any>;
}

export function createDispatcher(
  account: { readonly region: string; readonly accountId: string },
  services: () => readonly Service[],
  meter: Meter,
): Dispatcher {
  const invoke: Dispatcher['invoke'] = async (service, action, input, call) => {
    const run = Object.hasOwn(service.actions, action) ? service.actions[action] : undefined;
    if (!run) throw new NotEmulatedError(service.name, `the action ${action}`);
    if (!action.startsWith('_')) meter.add(service.name, action, 'requests', 1);
    return run(input ?? {}, call);
  };
  return {
    invoke,
    async call(serviceName, action, input, principal = {}) {
      const service = serviceNamed(services(), serviceName);
      if (!service) throw new NotEmulatedError(serviceName, `the service (wanted for ${action})`);
      return invoke(service, action, input, { ...account, principal, requestId: randomUUID() });
    },
  };
}
