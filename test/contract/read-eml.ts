/** A message as any mail program would read it, by code that shares nothing with what wrote it. */
export interface ReadEml {
  /** Lower-case names; encoded words decoded. */
  headers: Record<string, string>;
  /** Decoded bodies by media type. */
  parts: Record<string, string>;
}

export function readEml(raw: string): ReadEml {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? 'none';
  const sections = body.split(`--${boundary}`).slice(1, -1);
  const parts: Record<string, string> = {};
  for (const section of sections) {
    const part = split(section.replace(/^\r\n/, '').replace(/\r\n$/, ''));
    const type = part.headers['content-type']?.split(';')[0] ?? 'unknown';
    parts[type] = decoded(part.body, part.headers['content-transfer-encoding']).replaceAll('\r\n', '\n');
  }
  return { headers, parts };
}

function split(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), encodedWords(line.slice(colon + 1).trim())];
  });
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) };
}

/** RFC 2047. */
function encodedWords(text: string): string {
  const joined = text.replaceAll(/\?= =\?/g, '?==?');
  return joined.replaceAll(/=\?utf-8\?([qb])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64').toString()
      : decoded(word.replaceAll('_', ' '), 'quoted-printable'),
  );
}

function decoded(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
