/**
 * What STS's actions take. Session policies, tags and MFA would have to be enforced, which nothing here is.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
 */
import { type Inputs, integer, noEffect, refused, required, text } from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  AssumeRole: {
    RoleArn: required(text(20, 2048)),
    RoleSessionName: required(text(2, 64)),
    PolicyArns: refused(),
    Policy: refused(),
    DurationSeconds: integer(900, 43200),
    Tags: noEffect(),
    TransitiveTagKeys: noEffect(),
    ExternalId: noEffect(),
    SerialNumber: refused(),
    TokenCode: refused(),
    SourceIdentity: noEffect(),
    ProvidedContexts: refused(),
    MinimumSessionTokenSize: noEffect(integer()),
  },
  GetCallerIdentity: {},
};
