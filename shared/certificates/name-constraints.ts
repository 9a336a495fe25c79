/** RFC 5280, 4.2.1.10. */
export const NAME_CONSTRAINTS_OID = '2.5.29.30';

/**
 * The value of a name constraints extension (DER) that lets a CA speak for this domain and the names below it, and for
 * no IP address: whoever steals its key can imitate our apps, and nothing else of those who trust it.
 */
export function nameConstraints(domain: string): Buffer {
  const dnsName = der(0x82, Buffer.from(domain, 'ascii'));
  const anyIpv4 = der(0x87, Buffer.alloc(8));
  const anyIpv6 = der(0x87, Buffer.alloc(32));
  const permitted = der(0xa0, der(SEQUENCE, dnsName));
  const excluded = der(0xa1, der(SEQUENCE, anyIpv4), der(SEQUENCE, anyIpv6));
  return der(SEQUENCE, permitted, excluded);
}

const SEQUENCE = 0x30;

/** One DER element of less than 65,536 bytes. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
