import { type DefaultTreeAdapterTypes, parse, defaultTreeAdapter as tree } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;

/** The title a browser would show in its tab, or undefined when the page has none. */
export function titleOf(html: string): string | undefined {
  const page = elementOf(parse(html).childNodes, 'html');
  const head = elementOf(page, 'head');
  const text = elementOf(head, 'title').map((node) => (tree.isTextNode(node) ? node.value : ''));
  const title = text.join('').replaceAll(/\s+/g, ' ').trim();
  return title === '' ? undefined : title;
}

/** What is inside the first element of this name. */
function elementOf(nodes: readonly Node[], name: string): readonly Node[] {
  const found = nodes.find((node) => tree.isElementNode(node) && node.tagName === name);
  return found !== undefined && tree.isElementNode(found) ? found.childNodes : [];
}
