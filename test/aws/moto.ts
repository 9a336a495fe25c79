/**
 * The address of moto, which `npm run test:aws` starts. All tests share it, so each makes what it needs under names of
 * its own.
 */
export function motoUrl(): string {
  const url = process.env['MOTO_URL'];
  if (url === undefined) throw new Error('there is no moto: run these tests with npm run test:aws');
  return url;
}
