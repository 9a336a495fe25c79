import { describe, expect, test } from 'vitest';
import { type Listener, openPair } from '../../local/paired-port.ts';

const inUse = () => Object.assign(new Error('taken'), { code: 'EADDRINUSE' });

/** Opens what it is asked to, with these numbers for port 0, and keeps count. */
function listeners(numbers: number[], taken: number[] = []) {
  const open: number[] = [];
  const asked: number[] = [];
  const openOne = async (port: number): Promise<Listener> => {
    asked.push(port);
    const number = port === 0 ? (numbers.shift() ?? 0) : port;
    if (taken.includes(number)) throw inUse();
    open.push(number);
    return { port: number, close: async () => void open.splice(open.indexOf(number), 1) };
  };
  return { open, asked, openOne };
}

const failing = async (): Promise<Listener> => {
  throw Object.assign(new Error('forbidden'), { code: 'EACCES' });
};

describe('two listeners on one port', () => {
  test('when the number is taken for the second, another is tried', async () => {
    const udp = listeners([5001, 5002, 5003]);
    const tcp = listeners([], [5001, 5002]);
    const pair = await openPair(0, udp.openOne, tcp.openOne);
    expect(pair.map((listener) => listener.port)).toEqual([5003, 5003]);
    expect([udp.open, tcp.open]).toEqual([[5003], [5003]]);
  });

  test('a number asked for is tried once, and nothing stays open', async () => {
    const udp = listeners([]);
    const tcp = listeners([], [53]);
    await expect(openPair(53, udp.openOne, tcp.openOne)).rejects.toThrow('taken');
    expect([udp.asked, udp.open]).toEqual([[53], []]);
  });

  test('trying ends after twenty times', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => 5001 + index);
    const udp = listeners([...numbers]);
    const tcp = listeners([], numbers);
    await expect(openPair(0, udp.openOne, tcp.openOne)).rejects.toThrow('taken');
    expect([udp.asked.length, udp.open]).toEqual([20, []]);
  });

  test('what is not a taken number is not tried again', async () => {
    const udp = listeners([5001, 5002]);
    await expect(openPair(0, udp.openOne, failing)).rejects.toThrow('forbidden');
    expect([udp.asked, udp.open]).toEqual([[0], []]);
  });
});
