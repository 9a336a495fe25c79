import type { WorkflowName } from '../../shared/workflow/engine.ts';

/** The states of each workflow, as an admin reads them, on the way on which all goes well and nobody is asked. */
export const WAYS: Readonly<Record<WorkflowName, readonly string[]>> = {
  publish: [
    'Unpack',
    'Validate',
    'Scan',
    'Check policy',
    'Needs approval?',
    'Deploy release',
    'Ensure certificate',
    'Bind name',
    'Ensure DNS',
    'Go live',
    'Verify',
    'Register',
  ],
  'add-team': [
    'Create zone',
    'Request certificate',
    'Write validation records',
    'Wait for certificate',
    'Register team',
  ],
  'remove-team': [
    'Check that it is empty',
    'Remove records',
    'Remove delegation',
    'Let caches forget',
    'Delete zone',
    'Delete certificate',
    'Close team',
  ],
  'remove-app': [
    'Stop publishes',
    'Remove DNS',
    'Let caches forget',
    'Unbind name',
    'Remove certificate',
    'Remove files',
    'Retire',
  ],
};
