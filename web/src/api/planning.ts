import { create, type DescMessage, type DescMethodServerStreaming, type DescMethodUnary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import * as p from '@gen/planning_pb';
import { transport } from './client';
import { stream } from './stream';

/** The planner's methods, whether or not the proto files of this build have their rpc lines. */
function method<I extends DescMessage, O extends DescMessage>(name: string, input: I, output: O): DescMethodUnary<I, O> {
  return { kind: 'rpc', methodKind: 'unary', name, localName: name, parent: p.Planning, input, output, idempotency: 0, deprecated: false, toString: () => name } as unknown as DescMethodUnary<I, O>;
}

async function call<I extends DescMessage, O extends DescMessage>(m: DescMethodUnary<I, O>, request: MessageInitShape<I>, signal?: AbortSignal): Promise<MessageShape<O>> {
  const r = await transport.unary(m, signal, undefined, undefined, create(m.input, request) as MessageInitShape<I>);
  return r.message;
}

const unary = <I extends DescMessage, O extends DescMessage>(name: string, input: I, output: O) => {
  const m = method(name, input, output);
  return (request: MessageInitShape<I>, signal?: AbortSignal): Promise<MessageShape<O>> => call(m, request, signal);
};

export const putScenario = unary('PutScenario', p.PutScenarioRequestSchema, p.PutScenarioReplySchema);
export const getScenario = unary('GetScenario', p.GetScenarioRequestSchema, p.GetScenarioReplySchema);
export const listScenarios = unary('ListScenarios', p.ListScenariosRequestSchema, p.ListScenariosReplySchema);
export const deleteScenario = unary('DeleteScenario', p.DeleteScenarioRequestSchema, p.DeleteScenarioReplySchema);
export const getAccessibility = unary('GetAccessibility', p.GetAccessibilityRequestSchema, p.GetAccessibilityReplySchema);
export const getJob = unary('GetJob', p.GetJobRequestSchema, p.GetJobReplySchema);
export const listJobs = unary('ListJobs', p.ListJobsRequestSchema, p.ListJobsReplySchema);
export const cancelJob = unary('CancelJob', p.CancelJobRequestSchema, p.CancelJobReplySchema);

const appraiseMethod = {
  ...method('Appraise', p.AppraiseRequestSchema, p.AppraiseReplySchema), methodKind: 'server_streaming',
} as unknown as DescMethodServerStreaming<typeof p.AppraiseRequestSchema, typeof p.AppraiseReplySchema>;

/**
 * Starts an appraisal (with its comparison) as a job of its own: it outlives this page, the limits of one request and a
 * restart of the daemon, and is asked for by its id (followJob).
 */
export async function startAppraisal(request: MessageInitShape<typeof p.AppraiseRequestSchema>, signal: AbortSignal): Promise<p.Job> {
  for await (const r of stream(appraiseMethod, { ...request, detached: true } as MessageInitShape<typeof p.AppraiseRequestSchema>, signal)) if (r.job) return r.job;
  throw new ConnectError('the answer ended before its job was named', Code.DataLoss);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Asks for a job until it has ended. */
export async function followJob(jobId: string, onJob: (j: p.Job) => void, signal: AbortSignal): Promise<p.AppraiseReply> {
  for (let misses = 0; ; ) {
    signal.throwIfAborted();
    try {
      const r = await getJob({ jobId }, signal);
      misses = 0;
      if (r.job) onJob(r.job);
      if (r.job?.state === p.JobState.FINISHED && r.appraise) return r.appraise;
      if (r.job?.state === p.JobState.FAILED || r.job?.state === p.JobState.STOPPED) throw new ConnectError(r.job.text || 'the job has ended without a result', Code.FailedPrecondition);
    } catch (e) {
      const gone = e instanceof ConnectError && e.code !== Code.Unavailable && e.code !== Code.Unknown && e.code !== Code.Internal;
      if (gone || ++misses > 40) throw e;
    }
    await pause(700);
  }
}

export const isMissing = (e: unknown): boolean => e instanceof ConnectError && (e.code === Code.Unimplemented || e.code === Code.NotFound);
