/** The CDK app: the lake, then per study its stacks, then what watches them. Context: profile, studies, prefix, schedules, deleteData. */
import { App } from 'aws-cdk-lib';
import { buildApp } from '../lib/stacks/app.ts';

const app = new App();
buildApp(app);
app.synth();
