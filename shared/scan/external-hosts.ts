/** Which hosts a page or a style sheet loads from or calls by itself; a link to click on is none of them. */
import { type Token, Tokenizer, TokenizerMode } from 'parse5';

/** Elements whose content is text for the tokenizer; in that text nothing is markup. */
const TEXT_MODES = new Map<string, Tokenizer['state']>([
  ['script', TokenizerMode.SCRIPT_DATA],
  ['style', TokenizerMode.RAWTEXT],
  ['xmp', TokenizerMode.RAWTEXT],
  ['iframe', TokenizerMode.RAWTEXT],
  ['noembed', TokenizerMode.RAWTEXT],
  ['noframes', TokenizerMode.RAWTEXT],
  ['title', TokenizerMode.RCDATA],
  ['textarea', TokenizerMode.RCDATA],
  ['plaintext', TokenizerMode.PLAINTEXT],
]);

/** Attributes that load or call on whatever element they stand, elements of web components among them. */
const LOADING_ATTRIBUTES = new Set(['src', 'poster', 'background', 'formaction']);
const SRCSET_ATTRIBUTES = new Set(['srcset', 'imagesrcset']);

/** Elements whose `href` is loaded. A `base` makes every relative address one of its host. */
const LOADING_HREFS = new Set(['base', 'script', 'image', 'feimage', 'use']);

/** Kinds of `link` that make the browser load or connect; `canonical`, `alternate`, `author` and so on do not. */
const LOADING_RELS = new Set([
  'stylesheet',
  'icon',
  'apple-touch-icon',
  'apple-touch-icon-precomposed',
  'mask-icon',
  'manifest',
  'preload',
  'modulepreload',
  'prefetch',
  'prerender',
  'preconnect',
  'dns-prefetch',
]);

/** A host that cannot exist (RFC 2606): what resolves to it was relative. */
const OWN_HOST = 'own.invalid';
const NETWORK_PROTOCOLS = new Set(['http:', 'https:', 'ws:', 'wss:']);

/** In a srcset an address follows the start, a comma or a space. */
const SRCSET_ADDRESS = /(?:^|[\s,])((?:https?:)?\/\/[^\s,]+)/gi;

/** Comments and namespaces are matched first so that addresses in them are passed over. */
const CSS_ADDRESS =
  /\/\*[^]*?(?:\*\/|$)|@namespace[^;]*|(?:url\(|@import)\s*["']?((?:https?:)?\/\/[^"')\s]+)/gi;

function addHost(hosts: Set<string>, address: string): void {
  const url = URL.parse(address, `https://${OWN_HOST}/`);
  if (url && NETWORK_PROTOCOLS.has(url.protocol) && url.hostname !== OWN_HOST) hosts.add(url.hostname);
}

function addMatches(hosts: Set<string>, text: string, addresses: RegExp): void {
  for (const [, address] of text.matchAll(addresses)) if (address) addHost(hosts, address);
}

/** Hosts a style sheet loads from: `url(...)` and `@import`. */
export function addHostsOfCss(hosts: Set<string>, css: string): void {
  addMatches(hosts, css, CSS_ADDRESS);
}

/**
 * Hosts a page or an SVG loads from or sends to: by its elements, its `style` elements and its `style` attributes.
 * What scripts do is not looked at.
 */
export function addHostsOfHtml(hosts: Set<string>, html: string): void {
  let foreignDepth = 0;
  // The text of the style element that is open. It comes in pieces: words, spaces and NULs each by themselves.
  let style: string | undefined;
  const onText = ({ chars }: Token.CharacterToken): void => {
    if (style !== undefined) style += chars;
  };
  const endStyle = (): void => {
    addHostsOfCss(hosts, style ?? '');
    style = undefined;
  };
  const tokenizer = new Tokenizer(
    {},
    {
      onStartTag(tag) {
        endStyle();
        addHostsOfTag(hosts, tag);
        if (tag.tagName === 'style') style = '';
        if (isForeign(tag) && !tag.selfClosing) foreignDepth += 1;
        // In SVG and MathML these elements hold markup. Reading too much there is harmless, too little is not.
        if (foreignDepth === 0) tokenizer.state = TEXT_MODES.get(tag.tagName) ?? tokenizer.state;
      },
      onEndTag(tag) {
        endStyle();
        if (isForeign(tag) && foreignDepth > 0) foreignDepth -= 1;
      },
      onCharacter: onText,
      onNullCharacter: onText,
      onWhitespaceCharacter: onText,
      onEof: endStyle,
      onComment() {},
      onDoctype() {},
    },
  );
  tokenizer.write(html, true);
}

const isForeign = ({ tagName }: Token.TagToken): boolean => tagName === 'svg' || tagName === 'math';

function addHostsOfTag(hosts: Set<string>, { tagName, attrs }: Token.TagToken): void {
  for (const { name, value } of attrs) {
    if (name === 'style') addHostsOfCss(hosts, value);
    else if (SRCSET_ATTRIBUTES.has(name)) addMatches(hosts, value, SRCSET_ADDRESS);
    else if (loads(tagName, name, attrs)) addHost(hosts, value);
  }
}

function loads(tagName: string, attribute: string, attrs: Token.Attribute[]): boolean {
  if (LOADING_ATTRIBUTES.has(attribute)) return true;
  if (attribute === 'action') return tagName === 'form';
  if (attribute === 'data') return tagName === 'object';
  if (attribute !== 'href' && attribute !== 'xlink:href') return false;
  return tagName === 'link' ? isLoadingLink(attrs) : LOADING_HREFS.has(tagName);
}

function isLoadingLink(attrs: Token.Attribute[]): boolean {
  const rel = attrs.find(({ name }) => name === 'rel')?.value ?? '';
  return rel
    .toLowerCase()
    .split(/\s+/)
    .some((kind) => LOADING_RELS.has(kind));
}
