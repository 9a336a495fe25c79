/** Where something stands in a text; both from 1, columns in characters as an editor counts them. */
export interface Position {
  line: number;
  column: number;
}

export type LocatedJson =
  | { value: unknown; positionOf: (path: readonly PropertyKey[]) => Position | undefined }
  | { faultAt: Position; problem: string };

/** Deeper than any setting; what is deeper still only costs stack. */
const MAX_DEPTH = 16;

/**
 * Reads JSON and remembers where each value stands, so that a fault found later can be pointed at. `JSON.parse` tells a
 * position for some syntax errors only, and none afterwards. A name given twice is a fault: one of the two would be lost.
 */
export function readJson(text: string): LocatedJson {
  const positions = new Map<string, number>();
  try {
    new Scanner(text, positions).scan();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return { faultAt: positionAt(text, error.at), problem: error.message };
  }
  return {
    value: JSON.parse(text),
    positionOf(path) {
      const at = positions.get(pathKey(path));
      return at === undefined ? undefined : positionAt(text, at);
    },
  };
}

const pathKey = (path: readonly PropertyKey[]) => JSON.stringify(path.map(String));

function positionAt(text: string, at: number): Position {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: before.length, column: Array.from(before.at(-1) ?? '').length + 1 };
}

class SyntaxFault extends Error {
  readonly at: number;
  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

const SPACE = /[ \t\r\n]*/y;
// A little stricter than RFC 8259, which lets DEL and the C1 controls stand bare.
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const PLAIN = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Walks a JSON text (RFC 8259), noting the start of every value, or of its name where it has one. */
class Scanner {
  readonly #text: string;
  readonly #positions: Map<string, number>;
  #at = 0;

  constructor(text: string, positions: Map<string, number>) {
    this.#text = text;
    this.#positions = positions;
  }

  scan(): void {
    this.#value([]);
    if (this.#at < this.#text.length) throw this.#fault('there is something after the end');
  }

  #value(path: string[]): void {
    this.#take(SPACE);
    const key = pathKey(path);
    if (!this.#positions.has(key)) this.#positions.set(key, this.#at);
    if (path.length > MAX_DEPTH) throw this.#fault('it is nested too deeply');
    if (this.#text[this.#at] === '{') this.#object(path);
    else if (this.#text[this.#at] === '[') this.#array(path);
    else if (this.#take(STRING) === undefined && this.#take(PLAIN) === undefined) {
      throw this.#fault('a value is missing or misspelt here');
    }
    this.#take(SPACE);
  }

  #object(path: string[]): void {
    this.#members('}', () => {
      const start = this.#at;
      const name = this.#take(STRING);
      if (name === undefined) throw this.#fault('a name in double quotes is missing here');
      const inner = [...path, String(JSON.parse(name))];
      if (this.#positions.has(pathKey(inner))) throw new SyntaxFault('this name stands here twice', start);
      this.#positions.set(pathKey(inner), start);
      this.#take(SPACE);
      if (this.#text[this.#at] !== ':') throw this.#fault('a colon is missing here');
      this.#at += 1;
      this.#value(inner);
    });
  }

  #array(path: string[]): void {
    let index = 0;
    this.#members(']', () => {
      this.#value([...path, String(index)]);
      index += 1;
    });
  }

  /** What stands between an opening bracket and `close`, separated by commas. */
  #members(close: string, member: () => void): void {
    this.#at += 1;
    this.#take(SPACE);
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#take(SPACE);
      member();
      this.#take(SPACE);
      const next = this.#text[this.#at];
      if (next !== ',' && next !== close) throw this.#fault(`a comma or ${close} is missing here`);
      this.#at += 1;
      if (next === close) return;
    }
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fault(problem: string): SyntaxFault {
    return new SyntaxFault(problem, this.#at);
  }
}
