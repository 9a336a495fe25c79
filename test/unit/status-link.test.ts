import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isStatusToken, statusToken, statusUrl } from '../../shared/publishes/status-link.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import type { Signer } from '../../shared/signer/signer.ts';
import { publishId } from '../builders/app.ts';
import { around } from '../builders/around.ts';
import { tempFolder } from '../builders/temp.ts';

const openSigner = () => LocalSigner.open(join(tempFolder(), 'signing-key.json'));
const ID = publishId('one');

describe('the link to a publish', () => {
  it('lets whoever has it follow this publish, every time', async () => {
    const signer = await openSigner();
    const token = await statusToken(ID, signer);
    expect(await isStatusToken(token, ID, signer)).toBe(true);
    expect(await statusToken(ID, signer)).toBe(token);
    expect(statusUrl('https://cottage.example.com', ID, token)).toBe(
      `https://cottage.example.com/v1/publishes/${ID}?t=${token}`,
    );
    expect(encodeURIComponent(token)).toBe(token);
  });

  it('is worth nothing for another publish, under another key, or for another purpose', async () => {
    const signer = await openSigner();
    const token = await statusToken(ID, signer);
    expect(await isStatusToken(token, publishId('two'), signer)).toBe(false);
    expect(await isStatusToken(token, ID, await openSigner())).toBe(false);
    const { kid, mac } = await signer.sign('decision-link', ID);
    expect(await isStatusToken(`${kid}.${mac}`, ID, signer)).toBe(false);
  });

  it('that is not complete is refused before the key is asked', async () => {
    const signer = await openSigner();
    const token = await statusToken(ID, signer);
    let asked = 0;
    const counting = around<Signer>(signer, ({ go }) => {
      asked += 1;
      return go();
    });
    const long = `${'k'.repeat(65)}.${'m'.repeat(43)}`;
    for (const text of [
      '',
      '.',
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      `${token}.x`,
      long,
    ]) {
      expect([text, await isStatusToken(text, ID, counting)]).toEqual([text, false]);
    }
    expect(asked).toBe(0);
    expect(await isStatusToken(token, ID, counting)).toBe(true);
    expect(asked).toBe(1);
  });
});
