const BY_REASON = [
  // Looked up by programs, which do as they are told there: proxy settings, mail settings, tunnels.
  'autoconfig autodiscover isatap localdomain localhost teredo wpad',
  // What hosts of that kind are called.
  'cdn dns ftp gateway imap ldap mail mx ns ns1 ns2 ns3 ns4 ntp pop pop3 proxy sftp smtp ssh vpn webmail www www1 www2',
  // Mail roles that certificate authorities and others take for the owner of a domain (RFC 2142).
  'abuse admin administrator hostmaster noc postmaster webmaster',
  // Where people expect to type a password, or somebody with authority.
  'account accounts auth billing help helpdesk identity login logout oauth password root saml secure security signin',
  'signup sso status support verify',
  // Cottage's own, now and later.
  'api console cottage internal mailbox',
];

/**
 * Names no app or team may have: a page under one of them would be taken for a service of the company's, or a program
 * would find it there and trust it.
 */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(BY_REASON.flatMap((words) => words.split(' ')));
