import type { PublishAnswer } from './api-types.ts';
import type { Client } from './client.ts';
import { usage } from './failures.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';

const TRIES = 3;

/**
 * Puts a publish's open questions to whoever sits at the terminal and sends the answers; the publish then runs on.
 * @throws CommandFailed when no usable answer comes.
 */
export async function answerQuestions(
  { questions }: PublishAnswer,
  statusUrl: string,
  client: Client,
  io: Io,
): Promise<void> {
  const answers: Record<string, string> = {};
  for (const { field, label, options } of questions) {
    answers[field] = await ask(label, options, io);
  }
  const url = new URL(statusUrl);
  url.pathname = `${url.pathname}/answers`;
  await client.postLink(url.href, answers);
}

async function ask(label: string, choices: string[], io: Io): Promise<string> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const typed = (await io.ask(printable(`${label} (${choices.join(', ')}) `))).toLowerCase();
    if (choices.includes(typed)) return typed;
    io.stderr.write(`Please type one of: ${printable(choices.join(', '))}\n`);
  }
  throw usage('There was no answer to the question, so nothing was published.');
}
