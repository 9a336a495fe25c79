import { describe, expect, it } from 'vitest';
import { countChecks, outcomeOf } from '../../shared/publishes/ending.ts';
import {
  ENDED,
  executionName,
  freshStages,
  isEnded,
  type Publish,
  PublishStatus,
  STAGES,
  type Stage,
  shownStages,
} from '../../shared/publishes/publish.ts';
import { acceptedPublish } from '../builders/publish.ts';

describe('what an end means', () => {
  it.each<[Parameters<typeof outcomeOf>[0], string, string?]>([
    [{ checkPolicy: 'needs-answers' }, 'needs-answers'],
    [{ checkPolicy: 'checked' }, 'ready'],
    [{ checkPolicy: 'refused' }, 'refused'],
    [{}, 'refused'],
    [{ error: 'Refused' }, 'refused'],
    [{ error: 'Superseded' }, 'superseded'],
    [{ error: 'Parked' }, 'ready'],
    [{ error: 'Cancelled' }, 'cancelled'],
    [{ error: 'Declined' }, 'refused', 'approval publish/declined'],
    [
      { error: 'States.Timeout', checkPolicy: 'needs-approval' },
      'refused',
      'approval publish/approval-expired',
    ],
    [{ error: 'States.Timeout', checkPolicy: 'needs-approval', approval: 'approved' }, 'failed'],
    [{ error: 'States.Timeout', checkPolicy: 'passed' }, 'failed'],
    [{ error: 'SmokeTestFailed' }, 'failed'],
    [{ error: 'NotConverged' }, 'failed', 'verify publish/smoke-test'],
    [{ error: 'CertificatePending' }, 'failed', 'certificate publish/certificate'],
    [{ error: 'SourceUnavailable' }, 'failed', 'unpack artifact/url-unavailable'],
    [{ error: 'NotOurs' }, 'failed', 'dns publish/dns'],
    [{ error: 'Unexpected' }, 'failed'],
    // An error counts before what the policies said.
    [{ error: 'Superseded', checkPolicy: 'needs-answers' }, 'superseded'],
  ])('%j is %s (%s)', (how, status, adds) => {
    const outcome = outcomeOf(how);
    expect(outcome.status).toBe(status);
    expect(outcome.adds && `${outcome.adds.stage} ${outcome.adds.finding.code}`).toBe(adds);
  });
});

describe('a status', () => {
  it('is under way or has ended', () => {
    const under = PublishStatus.options.filter((status) => !isEnded(status));
    expect(under).toEqual(['accepted', 'running', 'awaiting-approval']);
    expect(PublishStatus.options.filter(isEnded)).toEqual([...ENDED]);
  });
});

describe('the execution’s name', () => {
  it('is the publish and the attempt', () => {
    const publish = acceptedPublish('one', { attempt: 3 });
    expect(executionName(publish)).toBe(`${publish.publishId}-3`);
  });
});

const passed = (count: number): Stage[] =>
  freshStages().map((stage, i) => (i < count ? { ...stage, status: 'passed' } : stage));
const statuses = (status: Publish['status'], stages: Stage[]) =>
  shownStages({ status, stages }).map((stage) => stage.status);

describe('the stages as shown', () => {
  it('are all of them, in order, waiting at first', () => {
    expect(freshStages()).toEqual(STAGES.map((name) => ({ name, status: 'pending' })));
    expect(statuses('accepted', freshStages())).toEqual(STAGES.map(() => 'pending'));
  });

  it('have the first that waits at work, while the publish is under way', () => {
    for (const status of ['running', 'awaiting-approval'] as const) {
      const shown = statuses(status, passed(2));
      expect(shown.slice(0, 4)).toEqual(['passed', 'passed', 'running', 'pending']);
      expect(shown.filter((s) => s === 'running')).toHaveLength(1);
    }
    expect(statuses('running', passed(STAGES.length))).not.toContain('running');
  });

  it('are as they were left once it has ended', () => {
    for (const status of ENDED) expect(statuses(status, passed(2))).not.toContain('running');
  });

  it('say how many checks are right already', () => {
    expect(countChecks({ stages: freshStages() })).toEqual({ passed: 0, total: 4 });
    expect(countChecks({ stages: passed(3) })).toEqual({ passed: 3, total: 4 });
    expect(countChecks({ stages: passed(STAGES.length) })).toEqual({ passed: 4, total: 4 });
  });
});
