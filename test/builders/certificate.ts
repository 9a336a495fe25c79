/** A certificate that signed itself, as PEM: a CA's, or one a server would have. */
export async function certificateOf({ ca }: { ca: boolean }): Promise<string> {
  // The library registers its parts by this one's decorators, so it has to be there first.
  await import('reflect-metadata');
  const { BasicConstraintsExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=For a test',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new BasicConstraintsExtension(ca)],
  });
  return certificate.toString('pem');
}
