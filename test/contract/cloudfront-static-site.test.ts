import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLDING, type ReleaseId } from '../../shared/ids/ids.ts';
import { throughFunctions, type Visit } from '../builders/cloudfront-answer.ts';
import { objectsOf } from '../builders/cloudfront-edge.ts';
import { deployed } from '../builders/deployed.ts';
import { type DeployedToAws, deployToAws } from '../builders/deployed-to-aws.ts';
import { DIFFERENCES, isForFunctions } from './cloudfront-differences.ts';
import { clock, cookieFor, PLACE, parametersOf, STORE } from './functions-edge.ts';
import { contentOf, SITE, STATIC_SITE_CASES, type StaticSiteCase } from './static-site.cases.ts';

const CASES = STATIC_SITE_CASES.filter(isForFunctions).map((one) => {
  const same = DIFFERENCES.filter(
    ({ title, target, spa }) => title === one.title && target === one.target && spa === one.spa,
  );
  return {
    one,
    expected: same.length > 0 && (one.files?.includes('404.html') || one.spa) ? same[0]?.answer : one.answer,
  };
});

/** The releases of all cases, deployed once by the real step, by what is in them. */
const releases = new Map<string, ReleaseId>();
let aws: DeployedToAws;

/** Deploy wants an index page; the cases that have none ask for nothing that it could answer. */
const filesOf = ({ files = SITE }: StaticSiteCase) => [...new Set(['index.html', ...files])].toSorted();

beforeAll(async () => {
  aws = await deployToAws();
  for (const files of CASES.map(({ one }) => filesOf(one))) {
    const name = files.join();
    if (releases.has(name)) continue;
    const contents = Object.fromEntries(files.map((file) => [file, contentOf(file)]));
    releases.set(name, (await deployed(aws.deps, 'lunch', contents, name)).release);
  }
});
afterAll(() => aws.close());

/** Asks the functions, which find what Deploy has put into the bucket. */
function edgeOf(one: StaticSiteCase) {
  const release = releases.get(filesOf(one).join()) ?? HOLDING;
  const parts = {
    parameters: parametersOf({ release, spa: one.spa ?? false, access: one.access ?? 'open' }),
    keys: STORE,
    now: () => clock.now(),
    object: objectsOf(() => aws.bucket()),
  };
  return (visit: Visit) => throughFunctions(parts, PLACE.host, one.target, visit);
}

/** The file that these bytes are of; undefined when they are not exactly what was published. */
function fileIn(body: Buffer, files: readonly string[]): string | undefined {
  return files.find((file) => contentOf(file).equals(body));
}

describe('static sites on CloudFront', () => {
  it.each(CASES)('$one.title: $one.target', async ({ one, expected }) => {
    const { method = 'GET', headers: given = {} } = one;
    const visit = { method, headers: given, cookie: await cookieFor() };
    const { status, headers, body } = await edgeOf(one)(visit);
    const file = fileIn(body, filesOf(one));
    const shown = {
      status,
      ...(file !== undefined && {
        file,
        type: headers['content-type'],
        caching: headers['cache-control'],
      }),
      ...(headers['location'] && { location: headers['location'] }),
      ...(headers['allow'] && { allow: headers['allow'] }),
    };
    expect(shown).toEqual(expected);
  });

  it.each(CASES.filter(({ one }) => !one.method))(
    'HEAD is GET, whose body CloudFront keeps: $one.title: $one.target',
    async ({ one }) => {
      const cookie = await cookieFor();
      const get = await edgeOf(one)({ cookie });
      expect(await edgeOf(one)({ method: 'HEAD', cookie })).toEqual(get);
    },
  );

  it('every difference from one machine is one of the cases', () => {
    const used = CASES.filter(({ one, expected }) => expected !== one.answer);
    expect(used).toHaveLength(DIFFERENCES.length);
  });
});
