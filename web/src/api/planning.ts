import type { MessageInitShape } from '@bufbuild/protobuf';
import * as p from '@gen/planning_pb';
import { Code, ConnectError, planning } from './client';

/**
 * Starts an appraisal (with its comparison) as a job of its own: it outlives this page, the limits of one request and a
 * restart of the daemon, and is asked for by its id (followJob).
 */
export async function startAppraisal(compare: MessageInitShape<typeof p.CompareRequestSchema>, signal: AbortSignal): Promise<p.Job> {
  for await (const r of planning.appraise({ compare, html: true, detached: true }, { signal })) if (r.job) return r.job;
  throw new ConnectError('the answer ended before its job was named', Code.DataLoss);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Asks for a job until it has ended. */
export async function followJob(jobId: string, onJob: (j: p.Job) => void, signal: AbortSignal): Promise<p.AppraiseReply> {
  for (let misses = 0; ; ) {
    signal.throwIfAborted();
    try {
      const r = await planning.getJob({ jobId }, { signal });
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
