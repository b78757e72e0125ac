/** The objects, with stand-ins for the Workers that they call: tests read what was asked, and answer as a runner or an executor would. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { CallJob, Executor } from '../../shared/tool/executor.ts'
import type { Runner, TurnJob } from '../../shared/turn/runner.ts'

export * from '../../durable-objects/worker.ts'

/** What the objects asked for since the test file began, in order. */
export const jobs: TurnJob[] = []

/** What a runner does with a job; a test may put its own here. Does nothing by default. */
export const runner: { run: (job: TurnJob) => Promise<void> } = { run: async () => {} }

export class TurnRunner extends WorkerEntrypoint implements Runner {
  async run(job: TurnJob): Promise<void> {
    jobs.push(job)
    await runner.run(job)
  }
}

/** The calls that the objects asked for since the test file began, in order. */
export const callJobs: CallJob[] = []

/** What an executor does with a call; a test may put its own here. Does nothing by default. */
export const executor: { execute: (job: CallJob) => Promise<void> } = { execute: async () => {} }

export class ToolExecutor extends WorkerEntrypoint implements Executor {
  async execute(job: CallJob): Promise<void> {
    callJobs.push(job)
    await executor.execute(job)
  }
}

export default { fetch: () => new Response(null, { status: 404 }) }
