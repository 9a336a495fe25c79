import type { App } from './app.ts';

/** Names of the tags that bills are read by, and budgets. */
export const TEAM_TAG = 'cottage:team';

/** What AWS takes as the value of a tag: letters, digits and spaces of any script, these marks, 256 in all (Tagging Reference). */
const value = (text: string): string => text.replaceAll(/[^\p{L}\p{N}\p{Zs}_.:/=+\-@]/gu, '_').slice(0, 256);

/** What a resource that is a team's says of itself. */
export const teamTags = (team: string): Record<string, string> => ({ [TEAM_TAG]: value(team) });

/** What a resource that is an app's says of itself, as the catalog had it when it was made. */
export const appTags = ({ team, name, costCenter, dataClass, owner, tier }: App): Record<string, string> => ({
  ...teamTags(team),
  'cottage:app': value(`${team}/${name}`),
  'cottage:cost-centre': value(costCenter),
  'cottage:data-class': value(dataClass ?? 'undeclared'),
  'cottage:owner': value(owner),
  'cottage:tier': value(tier),
});
