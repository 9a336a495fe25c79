import type { Json } from '../records/record-store.ts';

/** Starts workflows and answers their task tokens. */
export interface WorkflowEngine {
  /**
   * Starts an execution; durable when it resolves. The same name with the same input, while that one runs, is the
   * same execution.
   * @throws ExecutionAlreadyExists when the name was used with another input, or its execution has ended.
   */
  start(workflow: WorkflowName, name: string, input: Json): Promise<void>;
  /** @throws NotFound when there is no such execution. */
  describe(workflow: WorkflowName, name: string): Promise<Execution>;
  /**
   * Answers a waiting task, once.
   * @throws TaskTimedOut when the token was used, is too late or unknown.
   */
  complete(token: string, answer: { output: Json } | { error: string; cause?: string }): Promise<void>;
}

/** Every workflow there is, by the name of its file. */
export const WORKFLOWS = ['publish', 'add-team', 'remove-team', 'remove-app'] as const;
export type WorkflowName = (typeof WORKFLOWS)[number];

export interface Execution {
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Epoch milliseconds of business time. */
  startedAt: number;
  endedAt?: number;
  input: Json;
  output?: Json;
  error?: string;
  cause?: string;
  /** Oldest first; at most the last 1,000. */
  history: HistoryEvent[];
}

/** One line of an execution's history, as an admin reads it. */
export interface HistoryEvent {
  id: number;
  at: number;
  type:
    | 'ExecutionStarted'
    | 'StateEntered'
    | 'TaskScheduled'
    | 'TaskSucceeded'
    | 'TaskFailed'
    | 'TaskTimedOut'
    | 'RetryScheduled'
    | 'StateExited'
    | 'ExecutionSucceeded'
    | 'ExecutionFailed';
  state?: string;
  /** Input, output, error, attempt: what belongs to the type. */
  detail?: Json;
}
