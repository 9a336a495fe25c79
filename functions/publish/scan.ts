import { withArtifact } from '../../shared/artifacts/open-artifact.ts';
import { readEntry } from '../../shared/artifacts/zip-reader.ts';
import { pinOf } from '../../shared/publishes/publish.ts';
import { loadWork, saveWork } from '../../shared/releases/work.ts';
import { stageStep } from '../../shared/runtime/step.ts';
import type { ScannedFile } from '../../shared/scan/scanner.ts';

/** Looks for secrets and risky content. The same files under the same scanner are not looked at twice. */
export const scan = stageStep('scan', async (publish, { blobs, scanner, releases }) => {
  const work = await loadWork(blobs, publish.publishId);
  const known = publish.release && (await releases.find(publish.appId, publish.release))?.value;
  if (known?.facts && known.facts.scannerVersion === scanner.version) {
    const kept = { facts: known.facts, findings: known.scanFindings };
    await saveWork(blobs, publish.publishId, { ...work, scan: kept });
    return { outcome: 'known', findings: kept.findings };
  }
  return withArtifact(pinOf(publish), blobs, async (artifact) => {
    const files = work.files.map(
      (file): ScannedFile => ({
        path: file.path,
        sizeBytes: file.sizeBytes,
        read: () => readEntry(artifact, file),
      }),
    );
    const result = await scanner.scan(files);
    await saveWork(blobs, publish.publishId, { ...work, scan: result });
    const blocked = result.findings.some((f) => f.severity === 'block');
    return { outcome: 'scanned', status: blocked ? 'failed' : 'passed', findings: result.findings };
  });
});
