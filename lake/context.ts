/** The context of every operation of the lake. */
import type { Studies } from './studies.ts';
import type { Target } from './targets/target.ts';

/** Messages name the command that helps, with the options that lead to the same lake. */
export interface Commands {
  /** What a person types for `words` (`quarantine list <study>`): `npx headwaters quarantine list <study> --state …`. */
  readonly command: (words: string) => string;
}

export interface LakeContext extends Commands {
  readonly target: Target;
  readonly studies: Studies;
  /** The options of the command line that lead to this lake, as they are written after a command; '' for the default. */
  readonly flags: string;
  /** More of the CDK app's context than cdk.json has, for what is deployed to a local cloud. */
  readonly cdkContext: Readonly<Record<string, string>>;
}
