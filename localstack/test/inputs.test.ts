/** Inputs of every action, compared with AWS's own models: a member that is not taken, refused or listed cannot slip through. */
import { describe, expect, it } from 'vitest';
import { isInternal } from '../core/dispatcher.ts';
import type { Member, Members } from '../core/inputs/declare.ts';
import { catalogue } from '../core/protocols/catalogue.ts';
import type { Service } from '../core/service.ts';
import { PAYLOADS, placeOf } from '../services/s3/rest/places.ts';
import { ELEMENTS, WRAPPED } from '../services/s3/rest/xmlInput.ts';
import { localCloud } from './support/localCloud.ts';
import {
  CLIENTS,
  type ModelMember,
  type ModelMembers,
  modelOf,
  queryErrorCodesOf,
} from './support/models.ts';

/** Every difference between a declaration and the model, as `path: what is wrong`. */
function differences(declared: Members, model: ModelMembers, path: string): string[] {
  return [
    ...Object.keys(model)
      .filter((name) => !(name in declared))
      .map((name) => `${path}.${name}: not declared`),
    ...Object.entries(declared).flatMap(([name, member]) => {
      const modelled = model[name];
      return modelled
        ? mismatch(member, modelled, `${path}.${name}`)
        : [`${path}.${name}: AWS knows no such member`];
    }),
  ];
}

function mismatch(declared: Member, model: ModelMember, path: string): string[] {
  const isSkipped = declared.use !== undefined;
  const found: string[] = [];
  if (model.required && !declared.required && !isSkipped) found.push(`${path}: required by AWS`);
  if (declared.required && !model.required && !model.filledIn) found.push(`${path}: AWS does not require it`);
  if (declared.kind === 'any') {
    if (
      !isSkipped &&
      model.kind !== 'structure' &&
      model.kind !== 'any' &&
      model.kind !== 'blob' &&
      !deep(model)
    )
      found.push(`${path}: only a structure may be taken as a whole, and this is a ${model.kind}`);
    if (['flag', 'number'].includes(model.kind)) found.push(`${path}: it is a ${model.kind}`);
    return found;
  }
  const kind = declared.kind === 'integer' ? 'number' : declared.kind;
  if (kind !== model.kind) return [...found, `${path}: declared ${declared.kind}, which is a ${model.kind}`];
  if (isSkipped) return found;
  const known = [...(declared.values ?? []), ...(declared.refusedValues ?? [])];
  const unknown = (model.values ?? []).filter((value) => !known.includes(value));
  if (unknown.length > 0) found.push(`${path}: the values ${unknown} are not declared`);
  if (declared.each && model.each) found.push(...mismatch(declared.each, model.each, `${path}[]`));
  if (declared.members && model.members) found.push(...differences(declared.members, model.members, path));
  return found;
}

/** A list or map that holds structures. */
const deep = (model: ModelMember): boolean =>
  model.kind === 'structure' || (model.each !== undefined && deep(model.each));

describe('every member of an action’s input in AWS’s model', async () => {
  for (const [service, client] of Object.entries(CLIENTS)) {
    it(`is taken, refused or listed as without effect: ${service}`, async (t) => {
      const cloud = await localCloud(t);
      const { actions, inputs = {} } = cloud.context.services().find(({ name }) => name === service)!;
      const model = modelOf(client);

      const found = Object.keys(actions)
        .filter((action) => !isInternal(action))
        .flatMap((action) => {
          const members = model.get(action);
          if (!members) return [`${action}: AWS knows no such action`];
          return inputs[action] ? differences(inputs[action], members, action) : [`${action}: not declared`];
        });

      expect(found).toEqual([]);
    });
  }
});

/** The actions of a service that AWS's model has, with their members. */
function modelled(service: Service, client: string): [string, ModelMembers][] {
  const model = modelOf(client);
  return Object.keys(service.actions).flatMap((action): [string, ModelMembers][] => {
    const members = model.get(action);
    return members ? [[action, members]] : [];
  });
}

describe('every member that AWS’s model has outside of the body', async () => {
  for (const name of ['apigateway', 'lambda', 'scheduler']) {
    it(`is read from its place: ${name}`, async (t) => {
      const cloud = await localCloud(t);
      const service = cloud.context.services().find((one) => one.name === name)!;

      const found = modelled(service, CLIENTS[name] as string).flatMap(([action, members]) => {
        const route = service.routes?.find((one) => one.action === action);
        return Object.entries(members).flatMap(([member, { query, header, inPath, kind }]) => {
          const isRead =
            (query === undefined || (route?.query?.[query] ?? query) === member) &&
            (header === undefined || route?.headers?.[header] === member) &&
            (!inPath || route?.path.includes(`{${member}}`));
          const isOneText = query === undefined || kind !== 'list';
          return isRead && isOneText ? [] : [`${action}.${member}`];
        });
      });

      expect(found).toEqual([]);
    });
  }

  it('is read from its place: s3', async (t) => {
    const cloud = await localCloud(t);
    const service = cloud.context.services().find(({ name }) => name === 's3')!;

    const found = modelled(service, 's3').flatMap(([action, members]) =>
      Object.entries(members).flatMap(([member, { query, header, inPath }]) => {
        if (inPath || member === 'Metadata' || PAYLOADS[action] === member) return [];
        const expected = query === undefined ? { header } : { parameter: query };
        return JSON.stringify(placeOf(action, member)) === JSON.stringify(expected)
          ? []
          : [`${action}.${member}: ${query ?? header}`];
      }),
    );

    expect(found).toEqual([]);
  });
});

it('every element of S3’s documents is read under its name', async (t) => {
  const cloud = await localCloud(t);
  const service = cloud.context.services().find(({ name }) => name === 's3')!;
  const wrong = (members: ModelMembers, parent: string): string[] =>
    Object.entries(members).flatMap(([name, member]) => {
      const path = `${parent}.${name}`;
      const element = ELEMENTS[path] ?? ELEMENTS[name] ?? name;
      const isWrapped = (WRAPPED[path] ?? WRAPPED[name]) !== undefined;
      const inner = (member.kind === 'list' ? member.each?.members : member.members) ?? {};
      return [
        ...(element === (member.element ?? name) ? [] : [`${path}: ${element} for ${member.element}`]),
        ...(member.kind !== 'list' || isWrapped !== (member.flat ?? false)
          ? []
          : [`${path}: wrapped or not`]),
        ...wrong(inner, name),
      ];
    });

  const found = modelled(service, 's3').flatMap(([action, members]) => {
    const payload = PAYLOADS[action];
    return payload === undefined ? [] : wrong(members[payload]?.members ?? {}, payload);
  });

  expect(found).toEqual([]);
});

describe('every error that had another code in the query protocol', () => {
  for (const name of ['sqs', 'cloudwatch']) {
    it(`is reported under that as well: ${name}`, () => {
      const { queryCompatible = {} } = catalogue.find(({ names }) => names.includes(name))!;

      const found = [...queryErrorCodesOf(CLIENTS[name] as string)].filter(
        ([code, older]) => (queryCompatible[code] ?? code) !== older,
      );

      expect(found).toEqual([]);
    });
  }
});
