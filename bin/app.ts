/** The CDK app: the lake, then per study its stacks, then what watches them. Context: profile, studies, studiesDirs, prefix, schedules, tableOptimizers, deleteData, key, alarmEmail. */
import { buildApp } from '../lib/stacks/app.ts';

buildApp({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out' }).synth();
