import { HostileArtifact, type HostileCode } from '../shared/artifacts/artifact-faults.ts';
import { type ArtifactLimits, DEFAULT_LIMITS, LimitsSchema } from '../shared/artifacts/limits.ts';
import type { Client } from './client.ts';
import { CommandFailed } from './failures.ts';

/** Finds out what this Cottage takes; whoever runs it may have set other limits than the usual ones. */
export type AskLimits = () => Promise<ArtifactLimits>;

/** Asks nobody: for those who have no Cottage at hand. */
export const usualLimits: AskLimits = async () => DEFAULT_LIMITS;

/** Asks once, and only when somebody wants to know. Where no answer comes, the usual limits will do: Cottage has the last word. */
export function limitsOf(client: Client): AskLimits {
  let answer: Promise<ArtifactLimits> | undefined;
  return () => (answer ??= ask(client));
}

async function ask(client: Client): Promise<ArtifactLimits> {
  try {
    const said = await client.getLink(`${client.target.api}/v1/limits`);
    return LimitsSchema.safeParse(said).data ?? DEFAULT_LIMITS;
  } catch (error) {
    if (error instanceof CommandFailed) return DEFAULT_LIMITS;
    throw error;
  }
}

const OVER_A_LIMIT: ReadonlySet<HostileCode> = new Set([
  'artifact/too-large',
  'artifact/unpacked-too-large',
  'artifact/too-many-files',
  'artifact/file-too-large',
  'artifact/path-too-long',
  'artifact/path-too-deep',
  'artifact/ratio',
]);

/**
 * Looks at a site under the usual limits, and once more under those of this Cottage where the usual ones are too narrow.
 * @throws HostileArtifact as `look` does
 */
export async function underLimits<T>(
  askLimits: AskLimits,
  look: (limits: ArtifactLimits) => Promise<T>,
): Promise<T> {
  try {
    return await look(DEFAULT_LIMITS);
  } catch (error) {
    if (!(error instanceof HostileArtifact && OVER_A_LIMIT.has(error.code))) throw error;
    return look(await askLimits());
  }
}
