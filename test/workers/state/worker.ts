/** The objects, with a stand-in for the conversation Worker: tests read `jobs`, and answer each as a runner would. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Runner, TurnJob } from '../../../shared/turn/runner.ts'

export * from '../../../durable-objects/worker.ts'

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

export default { fetch: () => new Response(null, { status: 404 }) }
