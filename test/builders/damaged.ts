import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../local/config.ts';
import { startCottage } from '../../local/main.ts';
import type { App } from '../../shared/apps/app.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { PAGE, type Published, startTestCottage, TestCottage } from './cottage.ts';
import { siteZip } from './site-zip.ts';
import { tempFolder } from './temp.ts';

const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), 'style.css': `/* ${text} */` });

/** A data folder with something of everything, and what stands in it. Removed by whoever asked for it. */
export interface Template {
  folder: string;
  /** The app demo/lunch: live, with two releases. */
  lunch: App;
  first: Published;
  second: Published;
  /** kitchen/dinner: waits for an approval. */
  dinner: Published;
  /** demo/menu: waits for an answer. */
  menu: Published;
  uploadId: string;
}

/** Two teams; an app with two releases, one that waits for an approval, one that waits for an answer, an upload. */
export async function buildTemplate(): Promise<Template> {
  const folder = mkdtempSync(join(tmpdir(), 'cottage-template-'));
  const settings = readConfig(
    {},
    { dataFolder: folder, apiPort: 0, edgePort: 0, dnsPort: 0, virtualClock: true },
  );
  const running = await startCottage(settings, { log: silentLog, replace: { bare: true } });
  try {
    const cottage = new TestCottage(running, folder);
    await cottage.addTeam('kitchen', { leads: ['cem@example.com'], members: ['*'] });
    const first = await cottage.publish(site('Soup'));
    const second = await cottage.publish(site('Stew'));
    const isolated = {
      team: 'kitchen',
      name: 'dinner',
      tier: 'isolated',
      visibility: 'company',
      dataClass: 'regulated',
    };
    const dinner = await cottage.publish(site('Fish'), isolated);
    const menu = await cottage.publish(site('List'), { name: 'menu', dataClass: undefined });
    const uploadId = await cottage.upload(await siteZip(site('Later')));
    const lunch = (await cottage.deps.apps.get(second.app.appId as App['appId'])).value;
    return { folder, lunch, first, second, dinner, menu, uploadId };
  } finally {
    await running.stop();
  }
}

/** A Cottage on a copy of the template, and somebody beside it who damages what it stores. */
export class Damaged {
  readonly cottage: TestCottage;
  readonly folder: string;
  readonly was: Template;
  readonly #database: DatabaseSync;

  private constructor(cottage: TestCottage, was: Template) {
    this.cottage = cottage;
    this.folder = cottage.folder;
    this.was = was;
    this.#database = new DatabaseSync(join(cottage.folder, 'cottage.db'), {
      enableForeignKeyConstraints: false,
    });
    onTestFinished(() => this.#database.close());
  }

  static async start(was: Template): Promise<Damaged> {
    const folder = tempFolder();
    cpSync(was.folder, folder, { recursive: true });
    const cottage = await startTestCottage({ folder, config: { virtualClock: true } });
    await cottage.cottage.scheduler.sweep();
    await cottage.cottage.runner.idle();
    return new Damaged(cottage, was);
  }

  get deps() {
    return this.cottage.deps;
  }

  get lunchKey(): string {
    return `app#${this.was.lunch.appId}`;
  }

  /** Where the newer release's files stand. */
  get prefix(): string {
    return `apps/${this.was.lunch.appId}/${this.was.second.release}/`;
  }

  /** The codes of what the doctor finds in one look, each once. */
  async codes(): Promise<string[]> {
    const { problems } = await examine(this.deps, { pauses: [] });
    return [...new Set(problems.map(({ code }) => code))].toSorted();
  }

  sql(text: string, ...values: SQLInputValue[]): void {
    const { changes } = this.#database.prepare(text).run(...values);
    if (changes === 0) throw new Error(`nothing was changed by: ${text}`);
  }

  /** Changes the fields of a record, and nothing else about it; undefined removes one. */
  edit(pk: string, sk: string, fields: Record<string, unknown>): void {
    this.editWith(pk, sk, (data) => ({ ...data, ...fields }));
  }

  editWith(pk: string, sk: string, change: (data: Record<string, unknown>) => object): void {
    const row = this.#database.prepare('SELECT data FROM records WHERE pk = ? AND sk = ?').get(pk, sk);
    const data = change(JSON.parse(String(row?.['data'])) as Record<string, unknown>);
    this.sql('UPDATE records SET data = ? WHERE pk = ? AND sk = ?', JSON.stringify(data), pk, sk);
  }

  remove(pk: string, sk: string): void {
    this.sql('DELETE FROM records WHERE pk = ? AND sk = ?', pk, sk);
  }

  /** A record of which no index tells. */
  add(pk: string, sk: string, data: object): void {
    this.sql(
      `INSERT INTO records (pk, sk, version, op_id, data) VALUES (?, ?, 1, 'planted', ?)`,
      pk,
      sk,
      JSON.stringify(data),
    );
  }

  inData(name: string): string {
    return join(this.folder, name);
  }
}
