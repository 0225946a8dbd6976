/** Physical names in the local account, as the stacks give them. */

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const PREFIX = 'headwaters';

export const physicalNames = {
  workGroup: PREFIX,
  ledger: `${PREFIX}-ledger`,
  bucket: (purpose: 'lake' | 'landing' | 'athena' | 'failures') =>
    `${PREFIX}-${purpose}-${ACCOUNT}-${REGION}`,
  stream: (study: string) => `${PREFIX}-${study}-events`,
  store: (study: string) => `${PREFIX}-store-${study}`,
  live: (study: string) => `${PREFIX}-live-${study}`,
  lambda: (study: string, folder: string) => `${PREFIX}-${study}-${folder}`,
  pipeline: (study: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${PREFIX}-${study}-pipeline`,
} as const;
