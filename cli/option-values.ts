import { InvalidArgumentError } from 'commander';

/** Gathers an option that may be given more than once. */
export const repeated = (value: string, before: string[] = []): string[] => [...before, value];

/** A positive whole number of at most six digits. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** A port, or 0 for any that is free. */
export function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return number;
}
