import { expect, test } from 'vitest';
import {
  loadWorkflow,
  localFunctionName,
  localFunctionNames,
  placeholders,
  workflowText,
} from '../../workflows/index.ts';

const functions = localFunctionNames(workflowText('publish'));

test('a placeholder is listed once, in the order of the file', () => {
  expect(placeholders('{"a": "${Two}", "b": "${One}-${Two}", "c": "$.x", "d": "{Three}"}')).toEqual([
    'Two',
    'One',
  ]);
  expect(placeholders(workflowText('publish')).slice(0, 2)).toEqual(['PublishUnpack', 'PublishValidate']);
});

test.each([
  ['PublishUnpack', 'publish-unpack'],
  ['PublishCheckPolicy', 'publish-check-policy'],
  ['PublishEnsureDns', 'publish-ensure-dns'],
])('without a cloud the function %s is called %s', (placeholder, name) => {
  expect(localFunctionName(placeholder)).toBe(name);
});

test('a workflow is loaded with every placeholder filled in', () => {
  const text = loadWorkflow('publish', functions);
  expect(text).toContain('"FunctionName": "publish-unpack"');
  expect(placeholders(text)).toEqual([]);
});

test('a value stays within its JSON string', () => {
  const value = 'a "quoted" $& \\ name';
  const { States } = JSON.parse(loadWorkflow('publish', { ...functions, PublishUnpack: value }));
  expect(States.Unpack.Parameters.FunctionName).toBe(value);
});

test('a placeholder without a value is refused, and a value without a placeholder', () => {
  const { PublishUnpack: _, ...others } = functions;
  expect(() => loadWorkflow('publish', others)).toThrow('lacks a value for PublishUnpack');
  expect(() => loadWorkflow('publish', { ...functions, PublishPack: 'x' })).toThrow(
    'no placeholder PublishPack',
  );
  expect(() => loadWorkflow('publish', others)).toThrow(RangeError);
});
