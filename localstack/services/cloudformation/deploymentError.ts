/** A deploy that stopped: which stack, which resource, and why. */

export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly stackName: string;
  readonly logicalId?: string;
  readonly type?: string;

  constructor(stackName: string, resource: { logicalId: string; type: string } | undefined, cause: unknown) {
    const where = resource ? `${stackName}/${resource.logicalId} (${resource.type})` : stackName;
    super(`Deploying ${where} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.stackName = stackName;
    this.logicalId = resource?.logicalId;
    this.type = resource?.type;
  }
}
