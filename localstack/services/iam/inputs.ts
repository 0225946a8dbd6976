/**
 * What IAM's actions take.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
import { type Inputs, integer, noEffect, required, text } from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  AttachRolePolicy: { RoleName: required(text(1, 64)), PolicyArn: required(text(20, 2048)) },
  CreateRole: {
    Path: text(1, 512),
    RoleName: required(text(1, 64)),
    AssumeRolePolicyDocument: required(text(1, 131072)),
    Description: text(0, 1000),
    MaxSessionDuration: integer(3600, 43200),
    PermissionsBoundary: noEffect(),
    Tags: noEffect(),
  },
  DeleteRole: { RoleName: required(text(1, 64)) },
  DeleteRolePolicy: { RoleName: required(text(1, 64)), PolicyName: required(text(1, 128)) },
  DetachRolePolicy: { RoleName: required(text(1, 64)), PolicyArn: required(text(20, 2048)) },
  GetPolicy: { PolicyArn: required(text(20, 2048)) },
  GetPolicyVersion: { PolicyArn: required(text(20, 2048)), VersionId: required(text()) },
  GetRole: { RoleName: required(text(1, 64)) },
  GetRolePolicy: { RoleName: required(text(1, 64)), PolicyName: required(text(1, 128)) },
  ListAttachedRolePolicies: {
    RoleName: required(text(1, 64)),
    PathPrefix: text(1, 512),
    Marker: text(1, 320),
    MaxItems: integer(1, 1000),
  },
  ListRolePolicies: { RoleName: required(text(1, 64)), Marker: text(1, 320), MaxItems: integer(1, 1000) },
  ListRoles: { PathPrefix: text(1, 512), Marker: text(1, 320), MaxItems: integer(1, 1000) },
  PutRolePolicy: {
    RoleName: required(text(1, 64)),
    PolicyName: required(text(1, 128)),
    PolicyDocument: required(text(1, 131072)),
  },
};
