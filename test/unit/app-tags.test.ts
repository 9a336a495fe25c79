import { expect, test } from 'vitest';
import { appTags, teamTags } from '../../shared/apps/tags.ts';
import { draftApp } from '../builders/app.ts';

test('an app’s tags say whose it is, what it costs whom, and what kind of data it shows', () => {
  expect(appTags(draftApp())).toEqual({
    'cottage:team': 'demo',
    'cottage:app': 'demo/lunch',
    'cottage:cost-centre': 'cc-1',
    'cottage:data-class': 'internal',
    'cottage:owner': 'ana@example.com',
    'cottage:tier': 'shared',
  });
  expect(appTags(draftApp({ dataClass: undefined }))['cottage:data-class']).toBe('undeclared');
});

test.each([
  ['Küche 7', 'Küche 7'],
  ['R&D, "new"; <b>', 'R_D_ _new__ _b_'],
  ['a.b:c/d=e+f-g@h_i', 'a.b:c/d=e+f-g@h_i'],
  ['x'.repeat(300), 'x'.repeat(256)],
])('a tag is what AWS takes: %s', (given, taken) => {
  expect(teamTags(given)).toEqual({ 'cottage:team': taken });
});
