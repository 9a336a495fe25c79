import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type * as esbuild from 'esbuild';

// What esbuild can't leave out of a function by itself, because it can't know that nobody needs it: each with the reason
// why nobody does. A test holds every text that is rewritten here to the original.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLIENT = /@aws-sdk\/client-[\w-]+\//.source;

/**
 * The same schemas, their keys written out: `{ [_h]: 1 }` with `const _h = "http"` is `{ "http": 1 }`. A key that is
 * computed may do anything as far as esbuild knows, so it keeps every shape and operation that has one; those of REST
 * services all do. Written out, an operation that nobody calls goes, with its shapes.
 */
export function withPlainKeys(schemas: string): string {
  const texts = new Map(
    [...schemas.matchAll(/^const (\w+) = ("[^"\n]*");$/gm)].map(([, name = '', text = '']) => [name, text]),
  );
  return schemas.replace(/\[(\w+)\]:/g, (key, name: string) =>
    texts.has(name) ? `${texts.get(name)}:` : key,
  );
}

/** A class of an error as the SDK's generator writes it; one that is written otherwise stays as it is. */
const ERROR_CLASS =
  /export class (\w+) extends __BaseException \{\s+static shapeId = "([\w.]+)#\1";\s+name = "\1";\s+\$fault = "(\w+)";\s+((?:\w+;\s+)*)constructor\(opts\) \{\s+super\(\{\s+name: "\1",\s+\$fault: "\3",\s+\.\.\.opts,\s+\}\);\s+Object\.setPrototypeOf\(this, \1\.prototype\);\s+((?:this\.(\w+) = opts\.\6;\s+)*)\}\s+\}/g;

const ERROR_CLASSES = `
const declared = (shape, errorName, fault, fields) => class Declared extends __BaseException {
  static shapeId = shape + "#" + errorName;
  name = errorName;
  $fault = fault;
  constructor(opts) {
    super({ name: errorName, $fault: fault, ...opts });
    Object.setPrototypeOf(this, Declared.prototype);
    for (const field of fields) this[field] = opts[field];
  }
};`;

/**
 * The same errors, made by one function. A client knows every error of its service, CloudFront's some 170, and writes a
 * class of ten lines for each; what is said by that is a name, a fault and the fields.
 */
export function withShortErrors(errors: string): string {
  const short = errors.replace(
    ERROR_CLASS,
    (_, name: string, shape: string, fault: string, fields: string) => {
      const names = [...fields.matchAll(/\w+/g)].map(([field]) => JSON.stringify(field));
      return `export const ${name} = declared("${shape}", "${name}", "${fault}", [${names.join(', ')}]);`;
    },
  );
  return short.replace(/(?<=^import .*;\n)(?!import )/m, `${ERROR_CLASSES}\n`);
}

/** Of a client's package.json only the version is used: it goes into the user agent. */
const versionOf = (manifest: string): string =>
  JSON.stringify({ version: (JSON.parse(manifest) as { version: string }).version });

/** Files that come into a bundle rewritten, by their path. */
const REWRITTEN: { filter: RegExp; loader: esbuild.Loader; rewrite: (text: string) => string }[] = [
  { filter: new RegExp(`${CLIENT}dist-es/schemas/schemas_\\d+\\.js$`), loader: 'js', rewrite: withPlainKeys },
  { filter: new RegExp(`${CLIENT}dist-es/models/errors\\.js$`), loader: 'js', rewrite: withShortErrors },
  { filter: new RegExp(`${CLIENT}package\\.json$`), loader: 'json', rewrite: versionOf },
];

/** Files that others stand in for, by their path. */
const STAND_INS: { filter: RegExp; contents: string }[] = [
  {
    // Lambda puts a function's credentials into its environment. The SDK would look for them in half a dozen places more
    // (profiles, single sign-on, web browsers), and bring along a client for each.
    filter: /@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
    contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  },
  {
    // The form for uploads is signed by a package that brings a client of another version along.
    filter: /s3-presigned-post\/node_modules\/@aws-sdk\/client-s3\/dist-es\/index\.js$/,
    contents: `export * from '@aws-sdk/client-s3';`,
  },
  {
    // For operations that stream events, as S3 Select does. Every client is ready to, and we call none of them.
    filter: /@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
    contents: `
      const none = () => { throw new Error('this bundle has no operations that stream events'); };
      export const resolveEventStreamSerdeConfig = (config) => config;
      export { none as EventStreamSerde, none as eventStreamSerdeProvider };`,
  },
  {
    // The names of a thousand file types, for attachments. Our mails have none: what is left says of every file what
    // nodemailer says of those it does not know.
    filter: /nodemailer\/dist\/esm\/mime-funcs\/mime-types\.js$/,
    contents: `
      export const detectMimeType = () => 'application/octet-stream';
      export const detectExtension = () => 'bin';`,
  },
  {
    // For parts of a mail that lie elsewhere; ours are composed with that forbidden.
    filter: /nodemailer\/dist\/esm\/fetch\/index\.js$/,
    contents: `export default () => { throw new Error('this bundle fetches no parts of mails'); };`,
  },
];

/** Everything above, for `esbuild.build`. */
export const leanBundles: esbuild.Plugin = {
  name: 'lean-bundles',
  setup: (build) => {
    for (const { filter, loader, rewrite } of REWRITTEN) {
      build.onLoad({ filter }, async ({ path }) => ({
        contents: rewrite(await readFile(path, 'utf8')),
        loader,
      }));
    }
    for (const { filter, contents } of STAND_INS) {
      build.onLoad({ filter }, () => ({ contents, resolveDir: ROOT }));
    }
  },
};
