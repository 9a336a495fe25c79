import { join } from 'node:path';
import { Code, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { environmentOf, type Facilities } from '../facilities.ts';
import { plannedFunctions } from '../functions.ts';
import { grantsFor } from '../grants.ts';
import { logRetention } from '../log-retention.ts';
import { CottageFunction } from './cottage-function.ts';

export interface FunctionsProps {
  facilities: Facilities;
  /** A folder with a folder for each bundle, which holds its `index.mjs`. */
  codeFolder: string;
  names: readonly string[];
}

/** The functions of one stack, by name. */
export class Functions extends Construct {
  readonly byName: ReadonlyMap<string, IFunction>;
  readonly #made: ReadonlyMap<string, LambdaFunction>;

  constructor(scope: Construct, id: string, { facilities, codeFolder, names }: FunctionsProps) {
    super(scope, id);
    const plans = plannedFunctions();
    const environment = environmentOf(facilities);
    this.#made = new Map(
      names.map((name) => {
        const plan = plans[name];
        if (!plan) throw new RangeError(`no function is planned that is called ${name}`);
        const { fn } = new CottageFunction(this, name, {
          plan,
          code: Code.fromAsset(join(codeFolder, plan.bundle)),
          environment,
          grants: grantsFor(plan.uses, facilities),
          logRetention: logRetention(facilities.config),
        });
        return [name, fn];
      }),
    );
    this.byName = this.#made;
  }

  get(name: string): IFunction {
    return this.#get(name);
  }

  /** Where the function writes its lines. */
  logOf(name: string): ILogGroup {
    return this.#get(name).logGroup;
  }

  #get(name: string): LambdaFunction {
    const fn = this.#made.get(name);
    if (!fn) throw new RangeError(`${name} is no function of this stack`);
    return fn;
  }
}
