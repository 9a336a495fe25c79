import { stat } from 'node:fs/promises';
import { HostileArtifact } from '../shared/artifacts/artifact-faults.ts';
import { artifactFinding } from '../shared/artifacts/artifact-finding.ts';
import type { Finding } from '../shared/findings/finding.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailed, usage } from './failures.ts';
import { openFolder } from './folder-site.ts';
import { type AskLimits, underLimits, usualLimits } from './site-limits.ts';
import { openZip } from './zip-site.ts';

/** A site somebody wants to publish, still on their machine. */
export interface Site {
  /** As Cottage will see them: one folder around everything is taken off. */
  files: readonly SiteFile[];
  /** What stays here on purpose: working files and secrets that belong in no published app. */
  leftOut: readonly string[];
  /** Links to somewhere else on this machine; what they lead to is not part of the site. */
  links: readonly string[];
  /** Makes the zip file to send. @throws HostileArtifact when Cottage would not take it. */
  pack(): Promise<Archive>;
  close(): Promise<void>;
}

export interface SiteFile {
  path: string;
  sizeBytes: number;
  read(): Promise<Buffer>;
}

export interface Archive {
  file: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
  /** Removes what `pack` made for a while. */
  dispose(): Promise<void>;
}

/**
 * Opens a folder or a zip file. `askLimits` is asked where it matters: before much is sent, or before a refusal.
 * @throws CommandFailed when it is neither, or cannot be published as it is.
 */
export async function openSite(path: string, askLimits: AskLimits = usualLimits): Promise<Site> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw usage(`There is nothing at ${path}. Give the folder or the zip file of your app.`);
  const opener = found.isDirectory() ? openFolder : openZip;
  return explained(path, () => underLimits(askLimits, (limits) => opener(path, limits, askLimits)));
}

/** Does something with a site and turns what is wrong with its files into findings. */
export async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HostileArtifact) throw notYet(path, [artifactFinding(error)]);
    throw error;
  }
}

/** The refusal of a site that was not sent: sending it would have ended the same way, only later. */
export function notYet(path: string, findings: Finding[], advice?: string): CommandFailed {
  const code = findings[0]?.code ?? 'cli/refused';
  const message = [`${path} can’t be published yet.`, ...(advice === undefined ? [] : [advice])].join(' ');
  return new CommandFailed(EXIT.refused, code, message, { findings });
}
