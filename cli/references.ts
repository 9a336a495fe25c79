import { usage } from './failures.ts';

/** As typed in an address; nothing that could lead a path elsewhere (`..`, `/`, `?`). */
const LABEL = /^[a-z0-9][a-z0-9-]*$/i;
const ID = /^[A-Za-z0-9_-]+$/;

/** The API's path of an app written `team/app`. */
export function appPath(reference: string | undefined): string {
  const [team = '', name = '', ...more] = (reference ?? '').split('/');
  if (!LABEL.test(team) || !LABEL.test(name) || more.length > 0) {
    throw usage(`“${reference ?? ''}” is not an app. Write team and name, like demo/lunch`);
  }
  return `/v1/apps/${team}/${name}`;
}

/** The API's path of a team. */
export function teamPath(name: string | undefined): string {
  if (name === undefined || !LABEL.test(name)) throw usage(`“${name ?? ''}” is not the name of a team.`);
  return `/v1/teams/${name}`;
}

/** An id of a publish, a decision or a platform, as it may stand in a path. */
export function idOf(kind: string, id: string | undefined): string {
  if (id === undefined || !ID.test(id)) throw usage(`“${id ?? ''}” is not the id of a ${kind}.`);
  return id;
}
