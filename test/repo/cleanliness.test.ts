import { describe, expect, it } from 'vitest';
import { repositoryFiles, textOf } from './sources.ts';

/** After a word, a dot or another slash it is part of a longer path or an address, and says nothing of a machine. */
const MACHINE_PATH = new RegExp(`(?<![\\w./-])/(${['work', 'farm', 'root'].join('|')})/`);
const LEFT_OUT = /\.(skip|only|todo|skipIf|runIf|fails)\s*[.(]|\b(xit|xdescribe|fit|fdescribe)\(/;
const SLEEP = /\bset(Timeout|Interval)\s*\(|timers\/promises|Atomics\.wait/;

/** Test files that may sleep, each with its reason. */
const SLEEPERS: string[] = [];

describe('files', () => {
  it('name no path of the machine they were made on', () => {
    expect(repositoryFiles().filter((path) => MACHINE_PATH.test(textOf(path)))).toEqual([]);
  });
});

describe('tests', () => {
  const tests = repositoryFiles().filter((path) => path.startsWith('test/') && path.endsWith('.ts'));

  it('are all run: none is skipped, singled out or left for later', () => {
    expect(tests).not.toEqual([]);
    expect(tests.filter((path) => LEFT_OUT.test(textOf(path)))).toEqual([]);
  });

  it('do not sleep', () => {
    expect(tests.filter((path) => !SLEEPERS.includes(path) && SLEEP.test(textOf(path)))).toEqual([]);
  });
});

// Each sample is put together from pieces, or this file would break its own rules.
describe('the patterns', () => {
  it.each([
    ['work', "cd '/", '/main'],
    ['farm', '"/', '/x'],
    ['root', ' /', '/.npm'],
  ])('find the path of a machine: /%s/', (name, before, after) => {
    expect(`${before}${name}${after}`).toMatch(MACHINE_PATH);
  });

  it.each(['https://example.com/work/', '../work/', 'data/root/', '/roots/', '/work'])(
    'leave %s alone',
    (text) => {
      expect(text).not.toMatch(MACHINE_PATH);
    },
  );

  it.each(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'])('find a test that is not run: %s', (word) => {
    expect(`it.${word}('works')`).toMatch(LEFT_OUT);
    expect(`it.${word}.each([])`).toMatch(LEFT_OUT);
  });

  it.each(['xit', 'xdescribe', 'fit', 'fdescribe'])('find a test that is not run: %s', (word) => {
    expect(`${word}('works')`).toMatch(LEFT_OUT);
  });

  it('leave exit and benefit alone', () => {
    expect('process.exit(1); benefit(2); list.only').not.toMatch(LEFT_OUT);
  });

  it.each([
    ['set', 'Timeout(done, 5)'],
    ['set', 'Interval (done, 5)'],
    ["from 'node:timers", "/promises'"],
    ['Atomics', '.wait(cell, 0, 0, 5)'],
  ])('find what sleeps: %s%s', (start, end) => {
    expect(start + end).toMatch(SLEEP);
  });
});
