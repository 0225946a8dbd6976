/** The one way into an action, from HTTP and in process alike: it must exist, the caller may name it, its input is checked, and it is metered. */
import { randomUUID } from 'node:crypto';
import { DamagedStateError } from './damage.ts';
import { NotEmulatedError } from './errors.ts';
import { inputCheck } from './inputs/check.ts';
import { serviceNamed } from './protocols/catalogue.ts';
import type { CallContext, Meter, Principal, Service } from './service.ts';

/** Actions that begin with an underscore are the services' own business; AWS's never do. */
export const isInternal = (action: string) => action.startsWith('_');

export interface Dispatcher {
  /**
   * An action that somebody outside asked for by name. Throws `NotEmulatedError` for one that this cloud does not have,
   * internal ones included.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by action.
  invoke(service: Service, action: string, input: unknown, call: CallContext): Promise<any>;
  /** An action for another part of this process. Throws `NotEmulatedError` for one that this cloud does not have. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by action.
  call(serviceName: string, action: string, input: unknown, principal?: Principal): Promise<any>;
}

export function createDispatcher(
  account: { readonly region: string; readonly accountId: string },
  services: () => readonly Service[],
  meter: Meter,
  onDamage: (error: DamagedStateError) => void,
): Dispatcher {
  const checks = new Map<string, ReturnType<typeof inputCheck>>();
  const checkOf = (service: Service, action: string) => {
    const key = `${service.name}/${action}`;
    const known = checks.get(key);
    if (known) return known;
    const made = inputCheck(service, action, service.inputs?.[action] ?? {});
    checks.set(key, made);
    return made;
  };
  const run: Dispatcher['invoke'] = async (service, action, input, call) => {
    const act = Object.hasOwn(service.actions, action) ? service.actions[action] : undefined;
    if (!act) throw unknown(service, action);
    if (!isInternal(action)) meter.add(service.name, action, 'requests', 1);
    checkOf(service, action)((input ?? {}) as Record<string, unknown>);
    try {
      return await act(input ?? {}, call);
    } catch (error) {
      if (error instanceof DamagedStateError) onDamage(error);
      throw error;
    }
  };
  return {
    async invoke(service, action, input, call) {
      if (isInternal(action)) throw unknown(service, action);
      return run(service, action, input, call);
    },
    async call(serviceName, action, input, principal = {}) {
      const service = serviceNamed(services(), serviceName);
      if (!service) throw new NotEmulatedError(serviceName);
      return run(service, action, input, { ...account, principal, requestId: randomUUID() });
    },
  };
}

const unknown = (service: Service, action: string) =>
  new NotEmulatedError(service.name, `the action ${action}`);
