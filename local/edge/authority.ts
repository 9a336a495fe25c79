/** Host and port as the client names them, lower-case; empty when there is none, or it is no name of a host. */
export function authorityIn(named: string | undefined): string {
  const authority = named?.toLowerCase() ?? '';
  return /^[a-z0-9.-]{1,253}(:\d{1,5})?$/.test(authority) ? authority : '';
}

/** The host alone. */
export function hostIn(authority: string): string {
  const colon = authority.indexOf(':');
  return colon < 0 ? authority : authority.slice(0, colon);
}
