/** The objects, with stand-ins for the Workers that they call. A test reads the jobs and answers as a runner or an executor would. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { CallJob, Executor, Verdict } from '../../shared/tool/executor.ts'
import type { Runner, TurnJob } from '../../shared/turn/runner.ts'

export * from '../../durable-objects/worker.ts'

/** The jobs of this test file, in order. */
export const jobs: TurnJob[] = []

/** The runner. Does nothing by default; a test may replace `run`. */
export const runner: { run: (job: TurnJob) => Promise<void> } = { run: async () => {} }

export class TurnRunner extends WorkerEntrypoint implements Runner {
  async run(job: TurnJob): Promise<void> {
    jobs.push(job)
    await runner.run(job)
  }
}

/** The call jobs of this test file, in order. */
export const callJobs: CallJob[] = []

/** The executor. Does nothing by default; a test may replace its methods. */
export const executor: { execute: (job: CallJob) => Promise<void>; judge: (job: CallJob) => Promise<Verdict> } = {
  execute: async () => {},
  judge: async (job) => ({ kind: 'run', arguments: job.arguments }),
}

export class ToolExecutor extends WorkerEntrypoint implements Executor {
  async execute(job: CallJob): Promise<void> {
    callJobs.push(job)
    await executor.execute(job)
  }

  judge(job: CallJob): Promise<Verdict> {
    return executor.judge(job)
  }
}

export default { fetch: () => new Response(null, { status: 404 }) }
