import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Beacon } from '../../shared/telemetry/beacon.ts';
import { TELEMETRY_SCRIPT } from '../../shared/telemetry/script.ts';

/** As much of a browser as the script touches. */
function load(navigator: object) {
  const listeners = new Map<string, (event: object) => void>();
  const context = createContext({
    navigator,
    addEventListener: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
    setTimeout: (work: () => void) => work(),
    performance: { getEntriesByType: () => [{ duration: 123.4 }] },
  });
  runInContext(TELEMETRY_SCRIPT, context);
  return (name: string, event: object = {}) => listeners.get(name)?.(event);
}

function listening() {
  const sent: unknown[] = [];
  const fire = load({
    sendBeacon: (address: string, body: string) => sent.push([address, Beacon.parse(JSON.parse(body))]),
  });
  return { sent, fire };
}

describe('the telemetry script', () => {
  it('sends errors without the query of where they happened, rejections, and the load time', () => {
    const { sent, fire } = listening();
    const filename = 'https://lunch.demo.apps.localhost/app.js?user=anna#x';
    fire('error', { message: 'x is not defined', filename, lineno: 3, colno: 7 });
    fire('unhandledrejection', { reason: new Error('no network') });
    fire('unhandledrejection', { reason: 'plain' });
    fire('unhandledrejection', {});
    fire('load');
    const source = 'https://lunch.demo.apps.localhost/app.js';
    expect(sent).toEqual([
      ['/_cottage/beacon', { kind: 'error', message: 'x is not defined', source, line: 3, column: 7 }],
      ['/_cottage/beacon', { kind: 'error', message: 'no network' }],
      ['/_cottage/beacon', { kind: 'error', message: 'plain' }],
      ['/_cottage/beacon', { kind: 'error', message: 'undefined' }],
      ['/_cottage/beacon', { kind: 'load', durationMs: 123 }],
    ]);
  });

  it('stops after twenty messages, each short', () => {
    const { sent, fire } = listening();
    for (let count = 0; count < 30; count += 1) fire('error', { message: 'x'.repeat(1000) });
    expect(sent).toHaveLength(20);
    expect(sent[0]).toEqual(['/_cottage/beacon', expect.objectContaining({ message: 'x'.repeat(300) })]);
  });

  it('never throws, whatever the browser lacks', () => {
    for (const navigator of [{}, { sendBeacon: () => expect.unreachable() }]) {
      const fire = load(navigator);
      fire('error', {});
      fire('unhandledrejection', {});
      fire('load');
    }
    expect(() => runInContext(TELEMETRY_SCRIPT, createContext({}))).not.toThrow();
  });
});
