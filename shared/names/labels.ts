import * as z from 'zod';

/**
 * One label of a host name as Cottage gives them out (RFC 1123, lower-case only: one app must not have two spellings).
 * Not only digits, so that no program takes a host for a number; no `--` in third and fourth place, which announces
 * punycode (RFC 5891) and with it letters that only look like these.
 */
const LABEL = /^(?!\d+$)(?!..--)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export const isLabel = (text: string): boolean => LABEL.test(text);

/** Well under DNS's 63 (RFC 1035), because names are read out over the phone. */
export const MAX_NAME_LENGTH = 40;
export const MAX_TEAM_LENGTH = 24;

/** The subject of a certificate is at most 64 octets (RFC 5280, `ub-common-name`), an app's or `*.team.<base>`. */
const MAX_HOST_LENGTH = 64;
/** No team gets a zone in which there is less room for the names of its apps. */
const MIN_ROOM_FOR_NAMES = 16;

/** The part of an app's address that is its own. Only its syntax is checked: see `checkName` for the rest. */
export const AppName = z.string().max(MAX_NAME_LENGTH).regex(LABEL).brand<'AppName'>();
export type AppName = z.infer<typeof AppName>;

/** A team, as it stands in addresses. Only its syntax is checked: see `checkTeamName` for the rest. */
export const TeamName = z.string().max(MAX_TEAM_LENGTH).regex(LABEL).brand<'TeamName'>();
export type TeamName = z.infer<typeof TeamName>;

/** The zone a team owns: `finance.apps.example.com`. */
export const teamZone = (team: string, baseDomain: string): string => `${team}.${baseDomain}`;

/** The host an app is at: `lunch.finance.apps.example.com`. */
export const fqdn = (name: string, team: string, baseDomain: string): string =>
  `${name}.${teamZone(team, baseDomain)}`;

/**
 * How long the name of a team's app may be, so that its host fits a certificate. The longest name Cottage writes,
 * `_cottage.<host>`, is then 73 octets: far from the 253 of DNS.
 */
export const maxNameLength = (team: string, baseDomain: string): number =>
  Math.min(MAX_NAME_LENGTH, MAX_HOST_LENGTH - `.${teamZone(team, baseDomain)}`.length);

/** How long the name of a team may be. Zero or less: the base domain is too long to host anything below it. */
export const maxTeamLength = (baseDomain: string): number =>
  Math.min(MAX_TEAM_LENGTH, MAX_HOST_LENGTH - MIN_ROOM_FOR_NAMES - `..${baseDomain}`.length);

/** A label made of what a person typed: `Lunch Menu!` becomes `lunch-menu`. `maxLength` is at least 6. */
export function slugOf(typed: string, maxLength: number): string {
  const words = typed
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '');
  const slug = cutLabel(words, maxLength);
  // Nothing is left, or digits only.
  return isLabel(slug) ? slug : cutLabel(`my-app-${slug}`, maxLength);
}

/** The first `maxLength` characters of a label, without a hyphen left at the end. */
export const cutLabel = (label: string, maxLength: number): string =>
  label.slice(0, maxLength).replace(/-+$/, '');
