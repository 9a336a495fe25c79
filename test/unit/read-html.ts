import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser takes it. */
export interface ReadPage {
  /** What a person reads, each run of white space as one space. */
  text: string;
  /** The elements of one name, in order, each with its attributes and its text. */
  all(tag: string): { attributes: Record<string, string>; text: string }[];
  /** Their texts alone. */
  texts(tag: string): string[];
  /** Every element with the names of its attributes: what text from outside must never change. */
  skeleton: string[];
}

export function readHtml(html: string): ReadPage {
  const elements = [...elementsIn(parse(html))];
  const named = (tag: string) => elements.filter(({ tagName }) => tagName === tag);
  return {
    text: named('body').map(textOf).join(),
    all: (tag) => named(tag).map((element) => ({ attributes: attributesOf(element), text: textOf(element) })),
    texts: (tag) => named(tag).map(textOf),
    skeleton: elements.map((element) => `${element.tagName} ${Object.keys(attributesOf(element)).join(' ')}`),
  };
}

function* elementsIn(node: Node): Generator<Element> {
  if ('tagName' in node) yield node;
  if ('childNodes' in node) for (const child of node.childNodes) yield* elementsIn(child);
}

const attributesOf = ({ attrs }: Element): Record<string, string> =>
  Object.fromEntries(attrs.map(({ name, value }) => [name, value]));

const textOf = (node: Node): string => rawText(node).replaceAll(/\s+/g, ' ').trim();

function rawText(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(rawText).join('') : '';
}
