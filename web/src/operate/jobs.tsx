import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { JobState, type Job } from '@gen/planning_pb';
import { explainError, identity, planning } from '../api/client';
import { code, half, lang, t } from '../i18n';
import { instant } from '../lib/format';
import { Problem } from '../ui/bits';

const jobs = signal<readonly Job[]>([]);
const problem = signal('');

async function load(): Promise<void> {
  try {
    jobs.value = (await planning.listJobs({ pageSize: 20 })).jobs;
    problem.value = '';
  } catch (e) {
    problem.value = explainError(e);
  }
}

const stop = async (j: Job): Promise<void> => {
  try {
    await planning.cancelJob({ jobId: j.jobId });
    await load();
  } catch (e) {
    problem.value = explainError(e);
  }
};

/** Jobs belong to studies, which a shipper does not make. */
const mayStudy = (): boolean => ['planner', 'operator'].includes(identity.value?.role ?? '');

export function Jobs() {
  useEffect(() => {
    if (!mayStudy()) return undefined;
    void load();
    const timer = setInterval(() => void load(), 4000);
    return () => clearInterval(timer);
  }, [identity.value]);
  if (!mayStudy()) return null;
  return (
    <>
      <h2>{t('o.jobs')}</h2>
      <Problem text={problem.value} />
      {jobs.value.length === 0 && problem.value === '' && <p class="hint">{t('o.jobs.none')}</p>}
      <ul class="jobs">
        {jobs.value.map((j) => (
          <li key={j.jobId}>
            <div>
              <b>{code('jobkind', j.kind)}</b> {j.scenarioId} <span class="hint">{instant(j.createdAt, lang.value)}</span>
              <span class={`state job-${JobState[j.state]}`}>{code('job', JobState[j.state])}</span>
            </div>
            {j.state === JobState.RUNNING && <progress max="1000" value={j.donePermille} aria-label={j.kind} />}
            {j.text && <p class="hint">{half(j.text)}</p>}
            {(j.state === JobState.RUNNING || j.state === JobState.WAITING) && <button type="button" onClick={() => void stop(j)}>{t('p.stop')}</button>}
          </li>
        ))}
      </ul>
    </>
  );
}
