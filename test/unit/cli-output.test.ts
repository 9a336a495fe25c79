import { describe, expect, test } from 'vitest';
import { exitCodeHelp } from '../../cli/exit-codes.ts';
import { failureFrom } from '../../cli/failures.ts';
import { findingLines } from '../../cli/finding-lines.ts';
import { count, formatDuration, formatInstant, formatSize, Output, pairs, table } from '../../cli/output.ts';
import { appPath, idOf } from '../../cli/references.ts';
import { cleanText } from '../../shared/findings/clean.ts';
import type { Finding } from '../../shared/findings/finding.ts';

function captured(json: boolean) {
  const written = { out: '', err: '' };
  const streams = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  return { output: new Output(streams, json), written };
}

const HOSTILE = 'a\u001b[31mb\u202Ec\u0007d\u2028e\u009bf';

describe('what a command says', () => {
  test('is its lines on stdout, and what happened on the way on stderr', () => {
    const { output, written } = captured(false);
    output.progress('one moment');
    output.result({ a: 1 }, ['first', 'second']);
    expect(written).toEqual({ out: 'first\nsecond\n', err: 'one moment\n' });
  });

  test('is one JSON document on stdout and nothing else there, when JSON was asked for', () => {
    const { output, written } = captured(true);
    output.progress('one moment');
    output.result({ a: [1, 'x\ny'] }, ['first']);
    expect(JSON.parse(written.out)).toEqual({ a: [1, 'x\ny'] });
    expect(written.out.endsWith('}\n')).toBe(true);
    expect(written.err).toBe('one moment\n');
  });

  test('never carries control characters from a stranger into the terminal', () => {
    const { output, written } = captured(false);
    output.progress(HOSTILE);
    output.result({}, [HOSTILE]);
    expect(written).toEqual({ out: 'a[31mbcdef\n', err: 'a[31mbcdef\n' });
  });

  test('escapes them in JSON, where they still say the same', () => {
    const { output, written } = captured(true);
    const text = `${HOSTILE}\u{E0001}`;
    output.result({ text }, []);
    output.jsonLine('{"text":"\u009b\u202E\u{E0001}"}');
    expect(cleanText(written.out, Number.POSITIVE_INFINITY)).toBe(written.out.replaceAll('\n', ''));
    const [line = '', ...document] = written.out.trimEnd().split('\n').toReversed();
    expect(JSON.parse(line)).toEqual({ text: '\u009b\u202E\u{E0001}' });
    expect(JSON.parse(document.toReversed().join('\n'))).toEqual({ text });
  });
});

const madeFinding = (severity: Finding['severity'], where?: Finding['where']): Finding => ({
  code: 'artifact/crc',
  severity,
  title: `A ${severity}`,
  why: 'Because.',
  fix: 'Do this.',
  ...(where && { where }),
});

describe('lines', () => {
  test('of a table stand below their headings, without spaces at the end', () => {
    expect(
      table(
        ['APP', 'STATE'],
        [
          ['demo/lunch', 'live'],
          ['a', ''],
        ],
      ),
    ).toEqual(['APP         STATE', 'demo/lunch  live', 'a']);
  });

  test('of a table are as wide as what is shown of a hostile cell', () => {
    expect(table(['A', 'B'], [['\u001b\u001b\u001bx', 'y']])).toEqual(['A  B', 'x  y']);
  });

  test('of pairs are aligned, and empty ones left out', () => {
    expect(
      pairs([
        ['state', 'live'],
        ['hold', ''],
        ['owner', 'ana'],
      ]),
    ).toEqual(['state  live', 'owner  ana']);
    expect(pairs([])).toEqual([]);
  });

  test('of findings lead with what to do, the weightiest first', () => {
    expect(
      findingLines([
        madeFinding('info'),
        madeFinding('warn', { file: 'a.js', line: 3 }),
        madeFinding('block', { file: 'a.js', line: 3, column: 7 }),
        madeFinding('block', { file: 'a.js' }),
      ]),
    ).toEqual([
      '',
      '  ✗ A block',
      '    What to do: Do this.',
      '    Where: a.js, line 3, character 7',
      '    Why: Because.',
      '',
      '  ✗ A block',
      '    What to do: Do this.',
      '    Where: a.js',
      '    Why: Because.',
      '',
      '  ! A warn',
      '    What to do: Do this.',
      '    Where: a.js, line 3',
      '    Why: Because.',
      '',
      '  i A info',
    ]);
  });
});

describe('amounts', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [340_499, '340 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [12_340_000, '12.3 MB'],
  ])('%i bytes are %s', (sizeBytes, text) => expect(formatSize(sizeBytes)).toBe(text));

  test.each([
    [-3, '0 ms'],
    [45.4, '45 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [185_000, '3 min 5 s'],
  ])('%d milliseconds are %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));

  test('of things have their plural', () => {
    expect([count(0, 'file'), count(1, 'file'), count(2, 'file'), count(2, 'entry', 'entries')]).toEqual([
      '0 files',
      '1 file',
      '2 files',
      '2 entries',
    ]);
  });

  test('of time are shown to the minute', () => {
    expect(formatInstant('2026-03-02T09:05:59.123Z')).toBe('2026-03-02 09:05');
  });
});

describe('what stands for an app or an id', () => {
  test('becomes a path of the API', () => {
    expect(appPath('demo/lunch-2')).toBe('/v1/apps/demo/lunch-2');
    expect(idOf('publish', 'p_abc-1')).toBe('p_abc-1');
  });

  test.each([
    undefined,
    '',
    'lunch',
    'demo/',
    '/lunch',
    'demo/lunch/x',
    '../teams',
    'demo/..',
    'demo/a?b',
    'demo/a b',
  ])('is refused when it could lead elsewhere: %s', (reference) =>
    expect(() => appPath(reference)).toThrow('Write team and name, like demo/lunch'),
  );

  test.each([undefined, '', '..', 'a/b', 'a?b', 'a b', '%2e'])('is refused as an id: %s', (id) =>
    expect(() => idOf('publish', id)).toThrow('is not the id of a publish'),
  );
});

describe('exit codes', () => {
  const finding = { code: 'name/taken', severity: 'block', title: 'a', why: 'b', fix: 'c' } as const;

  test.each([
    [400, {}, 2],
    [401, {}, 7],
    [403, { findings: [finding] }, 7],
    [404, {}, 6],
    [405, {}, 1],
    [409, {}, 5],
    [409, { findings: [finding] }, 3],
    [410, {}, 5],
    [413, {}, 3],
    [415, {}, 1],
    [422, {}, 2],
    [422, { findings: [finding] }, 3],
    [429, {}, 8],
    [500, {}, 1],
    [502, {}, 8],
    [503, {}, 8],
    [504, {}, 8],
  ])('an answer of %i with %o ends with %i', (status, problem, exitCode) => {
    expect(failureFrom(status, problem).exitCode).toBe(exitCode);
  });

  test('carry the server’s own words, from the most telling to the least', () => {
    const both = failureFrom(404, {
      code: 'app/unknown',
      title: 'No such app.',
      detail: 'There is no demo/x.',
    });
    expect(both).toMatchObject({ code: 'app/unknown', message: 'There is no demo/x.' });
    expect(failureFrom(404, { title: 'No such app.' }).message).toBe('No such app.');
    expect(failureFrom(404, {})).toMatchObject({ code: 'cli/refused' });
    expect(failureFrom(422, { detail: 'x', findings: [finding] }).message).toBe(
      'There is something to put right first.',
    );
  });

  test('are all in the help', () => {
    expect(
      exitCodeHelp()
        .split('\n')
        .map((line) => line.slice(0, 5)),
    ).toEqual(['Exit ', ...Array.from({ length: 9 }, (_, code) => `  ${code}  `)]);
  });
});
