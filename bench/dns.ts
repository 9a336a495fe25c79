import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.ts';
import { median, spread } from './figures.ts';
import { removeFolder, Server, ServerProcess, tempFolder } from './server.ts';

const BARE = fileURLToPath(new URL('bare-dns.ts', import.meta.url));

/** The app that is published by the first start. */
const HOST = 'hello.demo.apps.localhost';
/** No limit that one client could reach: it is the answers that are measured. */
const NO_LIMIT = { COTTAGE_DNS_ANSWERS_PER_SECOND: '9999999' };

const IN_FLIGHT = 32;
/** After so long without an answer, those that are missing count as lost and are asked for again. */
const LOST_MS = 1_000;

/** Answers over UDP, beside a server of `dns2` that knows one answer to everything. */
export const dns: Benchmark = {
  name: 'dns',
  summary: 'answers a second over UDP, beside bare dns2 in a process of its own',
  async run({ quick, progress }) {
    const folder = tempFolder();
    const cottage = await Server.start(folder, NO_LIMIT);
    const bare = await ServerProcess.run([BARE]);
    try {
      const port = Number(cottage.ready.dns.split(':').at(-1));
      const [answers, rounds] = quick ? [1_000, 3] : [40_000, 9];
      const ours: Round[] = [];
      const theirs: Round[] = [];
      // In turn, as everywhere; the first of each is to warm up.
      for (let round = 0; round < rounds; round += 1) {
        const byUs = await measure(port, answers, () => cottage.processorMs());
        const byThem = await measure(Number(bare.line), answers, () => bare.processorMs());
        if (round === 0) continue;
        ours.push(byUs);
        theirs.push(byThem);
        progress(`${Math.round(byUs.perSecond)} beside ${Math.round(byThem.perSecond)} a second`);
      }
      return figuresOf(ours, theirs);
    } finally {
      await bare.stop();
      await cottage.stop();
      removeFolder(folder);
    }
  },
};

function figuresOf(ours: Round[], theirs: Round[]) {
  const ratios = (of: (round: Round) => number) => ours.map((round, i) => of(round) / of(theirs[i] ?? round));
  const perSecond = (rounds: Round[]) => median(rounds.map((round) => round.perSecond));
  return [
    {
      what: 'answers over UDP',
      unit: 'per s' as const,
      runs: ours.length,
      median: perSecond(ours),
      beside: { what: 'bare dns2', median: perSecond(theirs) },
    },
    {
      what: 'time for an answer, over bare dns2 right after it',
      unit: 'times' as const,
      ...spread(ratios((round) => 1 / round.perSecond)),
      aim: { median: 1 },
    },
    {
      what: 'processor time of the server for an answer, over bare dns2',
      unit: 'times' as const,
      ...spread(ratios((round) => round.processorMs)),
      aim: { median: 1 },
    },
  ];
}

interface Round {
  perSecond: number;
  /** Of the server, for all answers. */
  processorMs: number;
}

/** Asks with so many questions under way at any time, until so many are answered. @throws Error at a wrong answer. */
async function measure(port: number, answers: number, processorMs: () => number): Promise<Round> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const question = questionOf(HOST);
  let [asked, answered] = [0, 0];
  const ask = () => {
    asked += 1;
    question.writeUInt16BE(asked & 0xffff, 0);
    socket.send(Buffer.from(question));
  };
  const askMany = () => {
    for (let i = 0; i < IN_FLIGHT; i += 1) ask();
  };
  const lost = setInterval(askMany, LOST_MS);
  const usedBefore = processorMs();
  const startedAt = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (message) => {
        const isGood = message.readUInt16BE(2) === 0x8400 && message.readUInt16BE(6) === 1;
        if (!isGood) reject(new Error(`a wrong answer: ${message.toString('hex')}`));
        answered += 1;
        lost.refresh();
        if (answered >= answers) resolve();
        else ask();
      });
      askMany();
    });
    const tookMs = performance.now() - startedAt;
    return { perSecond: (answered / tookMs) * 1000, processorMs: processorMs() - usedBefore };
  } finally {
    clearInterval(lost);
    socket.close();
  }
}

/** For the address of a name, with EDNS as every resolver asks. */
function questionOf(name: string): Buffer {
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
  const octets = Buffer.from(`${labels.join('')}\0`, 'latin1');
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  const opt = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, octets, Buffer.from([0, 1, 0, 1]), opt]);
}
