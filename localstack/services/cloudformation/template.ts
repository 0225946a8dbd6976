/** The shape of a CloudFormation template, read from JSON or YAML with its short-form intrinsics. */
import { parse, type ScalarTag, type YAMLMap, type YAMLSeq } from 'yaml';
import { AwsError } from '../../core/errors.ts';

export interface TemplateParameter {
  Type: string;
  Default?: string | number;
  AllowedValues?: (string | number)[];
  NoEcho?: boolean | string;
  Description?: string;
}

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Metadata?: unknown;
}

export interface TemplateOutput {
  Value: unknown;
  Description?: string;
  Condition?: string;
  Export?: { Name: unknown };
}

export interface Template {
  AWSTemplateFormatVersion?: string;
  Description?: string;
  Metadata?: unknown;
  Parameters?: Record<string, TemplateParameter>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Rules?: Record<
    string,
    { RuleCondition?: unknown; Assertions: { Assert: unknown; AssertDescription?: string }[] }
  >;
  Resources: Record<string, TemplateResource>;
  Outputs?: Record<string, TemplateOutput>;
}

const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
];
const resourceAttributes = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
];

const intrinsicNames = [
  'And',
  'Base64',
  'Contains',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'GetStackOutput',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
];

/** YAML's short forms: `!Ref x`, `!GetAtt a.b`, `!Sub …` stand for the JSON objects of the same name. */
const shortForms = ['Ref', 'Condition', ...intrinsicNames].flatMap((name) => {
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  const scalar: ScalarTag = {
    tag: `!${name}`,
    resolve: (text: string) => ({ [key]: key === 'Fn::GetAtt' ? splitOnce(text, '.') : text }),
  };
  const sequence = {
    tag: `!${name}`,
    collection: 'seq' as const,
    resolve: (value: YAMLMap | YAMLSeq) => ({ [key]: value.toJSON() }),
  };
  const mapping = {
    tag: `!${name}`,
    collection: 'map' as const,
    resolve: (value: YAMLMap | YAMLSeq) => ({ [key]: value.toJSON() }),
  };
  return [scalar, sequence, mapping];
});

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Reads a template's text. Throws `ValidationError` for what is not a template or has parts that are not known here. */
export function parseTemplate(text: string): Template {
  let template: Template;
  try {
    template = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, { customTags: shortForms });
  } catch (cause) {
    throw new AwsError('ValidationError', `Template format error: ${(cause as Error).message}`, { cause });
  }
  if (typeof template !== 'object' || template === null || typeof template.Resources !== 'object') {
    throw new AwsError(
      'ValidationError',
      'Template format error: At least one Resources member must be defined.',
    );
  }
  for (const section of Object.keys(template)) {
    if (!sections.includes(section)) {
      throw new AwsError(
        'ValidationError',
        `The local cloud does not emulate the template section ${section}; it knows ${sections.join(', ')}.`,
      );
    }
  }
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    for (const attribute of Object.keys(resource)) {
      if (!resourceAttributes.includes(attribute)) {
        throw new AwsError(
          'ValidationError',
          `Resource ${logicalId}: the local cloud does not emulate the resource attribute ${attribute}; it knows ${resourceAttributes.join(', ')}.`,
        );
      }
    }
  }
  return template;
}
