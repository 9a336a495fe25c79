import { type DefaultTreeAdapterTypes, defaultTreeAdapter, html as markup, parse } from 'parse5';

type Document = DefaultTreeAdapterTypes.Document;
type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.ChildNode;

/** Part of every release's digest; raised when what is injected, or where, changes. */
export const HOOK_VERSION = '1';

const HOOK_SRC = '/_cottage/telemetry.js';
const HOOK = `<script src="${HOOK_SRC}" defer></script>`;

/**
 * Where in the page the telemetry hook belongs, at the end of its head; undefined when there is nothing to add: the hook
 * is there, the file is no whole document (a fragment that a script loads), or it is in an encoding whose bytes are not
 * read here. In bytes from the start of the file.
 */
export function hookPosition(html: Buffer): number | undefined {
  if (!isAsciiCompatible(html)) return undefined;
  const mark = html.subarray(0, UTF8_MARK.length).equals(UTF8_MARK) ? UTF8_MARK.length : 0;
  // One character for one byte, so that parse5's positions are positions in the file, whatever its encoding.
  const text = html.toString('latin1', mark);
  const document = parse(text, { sourceCodeLocationInfo: true });
  if (hooks(document).length > 0) return undefined;
  const at = endOfHead(document);
  if (at === undefined) return undefined;
  const head = headOf(document);
  // Before an end tag that closes the head nothing is open, save a template: no need to read the page once more.
  const isClosed =
    head?.sourceCodeLocation?.endTag && !head.childNodes.some(({ nodeName }) => nodeName === 'template');
  return isClosed || runsThere(text, at) ? mark + at : undefined;
}

/** The page with the hook at a `hookPosition` of it. All other bytes stay as they are. */
export function withHook(html: Buffer, position: number): Buffer {
  return Buffer.concat([html.subarray(0, position), Buffer.from(HOOK), html.subarray(position)]);
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const ESCAPE = 0x1b;

/**
 * Do the bytes of `<` and `>` mean just that? Not in UTF-16 (which has NULs in any markup), nor in the encodings that
 * shift alphabets by an escape.
 */
function isAsciiCompatible(html: Buffer): boolean {
  return !html.includes(0) && !html.includes(ESCAPE);
}

/** Where the head ends, if the file is a whole document: if it says so by a doctype, or by one of the outer tags. */
function endOfHead(document: Document): number | undefined {
  const doctype = document.childNodes.find((node) => defaultTreeAdapter.isDocumentTypeNode(node));
  const html = document.childNodes.find(isElement);
  const head = headOf(document);
  const body = html?.childNodes.find((node) => isElement(node) && /^(body|frameset)$/.test(node.tagName));
  if (![doctype, html, head, body].some((node) => node?.sourceCodeLocation)) return undefined;
  if (head === undefined) return undefined;
  return (
    head.sourceCodeLocation?.endTag?.startOffset ??
    head.childNodes.at(-1)?.sourceCodeLocation?.endOffset ??
    head.sourceCodeLocation?.startTag?.endOffset ??
    startTagEnd(html) ??
    doctype?.sourceCodeLocation?.endOffset ??
    body?.sourceCodeLocation?.startOffset
  );
}

const headOf = (document: Document): Element | undefined =>
  document.childNodes
    .find(isElement)
    ?.childNodes.filter(isElement)
    .find(({ tagName }) => tagName === 'head');

const startTagEnd = (node: Node | undefined) =>
  node !== undefined && isElement(node) ? node.sourceCodeLocation?.startTag?.endOffset : undefined;

const isElement = (node: Node): node is Element => defaultTreeAdapter.isElementNode(node);

/**
 * Would a browser load the hook from this position? A page may leave a title, a script or a template open, and then all
 * behind it is text: such a page is better left alone.
 */
function runsThere(text: string, at: number): boolean {
  const found = hooks(parse(text.slice(0, at) + HOOK + text.slice(at), { sourceCodeLocationInfo: true }));
  return found.some((hook) => hook.sourceCodeLocation?.startOffset === at);
}

/** The scripts of the page that load the hook. What stands inside a template does not run, and is not walked. */
function hooks(document: Document): Element[] {
  const found: Element[] = [];
  const open: Node[] = [...document.childNodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isElement(node)) continue;
    // A script of a drawing is another kind of element, and loads nothing from there.
    const isScript = node.tagName === 'script' && node.namespaceURI === markup.NS.HTML;
    if (isScript && sourceOf(node) === HOOK_SRC) found.push(node);
    open.push(...node.childNodes);
  }
  return found;
}

const sourceOf = (script: Element) => script.attrs.find((attr) => attr.name === 'src')?.value.trim();
