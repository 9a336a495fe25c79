import { type ACMClient, paginateListCertificates } from '@aws-sdk/client-acm';

/** The names of the certificate that a server of this host would show, out of the issued ones of an account. */
export async function shownFor(client: ACMClient, host: string): Promise<string[] | undefined> {
  const names: string[][] = [];
  for await (const page of paginateListCertificates({ client }, { CertificateStatuses: ['ISSUED'] })) {
    for (const each of page.CertificateSummaryList ?? []) {
      names.push([...new Set([each.DomainName ?? '', ...(each.SubjectAlternativeNameSummaries ?? [])])]);
    }
  }
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  return names.find((each) => each.includes(host)) ?? names.find((each) => each.includes(wildcard));
}
