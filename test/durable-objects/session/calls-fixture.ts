/** Tool calls of the test session: scripted model steps, and an executor that answers at once. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { CallJob } from '../../../shared/tool/executor.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import { callJobs, executor, jobs, runner } from '../worker.ts'
import { done, Gate, play, sessions, text } from './scripted-runner.ts'
import { id, reopen, session } from './session-fixture.ts'

export const call = (name: string, overrides: Partial<Extract<RunnerLine, { type: 'call' }>> = {}): RunnerLine => ({
  type: 'call',
  name,
  arguments: '{}',
  effect: 'none',
  timeout_ms: 60_000,
  ...overrides,
})
export const once = { effect: 'once' } as const
export const usage = (input: number, output: number): RunnerLine => ({
  type: 'usage',
  usage: { input_tokens: input, output_tokens: output },
})
export const endsWithCalls: RunnerLine = { type: 'end', outcome: 'calls' }

export const ownJobs = <T extends { session: string }>(all: readonly T[]): T[] => all.filter((job) => job.session === id)
export const callNames = () => ownJobs(callJobs).map(({ name, token }) => `${name}#${token}`)

/** One list of runner steps per model call. */
export function scriptRunner(...steps: readonly (readonly RunnerLine[])[]): void {
  runner.run = (job) => play(...(steps[ownJobs(jobs).length - 1] ?? [text('done'), done]))(job)
}

export const attemptOf = ({ turn_id, call_id, token }: CallJob) => ({ turn_id, call_id, token })

/** Claims a call and returns a result at once. */
export async function claimAndComplete(job: CallJob): Promise<void> {
  const owner = sessions.getByName(`${job.tenant}/${job.session}`)
  if (await owner.claimCall(attemptOf(job))) await owner.endCall(attemptOf(job), { outcome: 'completed', text: `${job.name} says hi` })
}

/** The newest call job, once it exists. */
export async function newestCallJob(count = 1): Promise<CallJob> {
  await vi.waitFor(() => expect(ownJobs(callJobs)).toHaveLength(count), { interval: 5, timeout: 5_000 })
  return ownJobs(callJobs).at(-1) as CallJob
}

/** Makes every call timer due. Evicts the object. */
export async function fireCallTimers(): Promise<void> {
  await runInDurableObject(session, (_, { storage }) => {
    storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'call'")
  })
  await evictDurableObject(session)
  await runDurableObjectAlarm(reopen())
}

export let testEnd = new AbortController()

/** Hangs until the test ends. It uses timers, because the platform ends a request that has no pending work. */
export const hang = (): Promise<void> => new Gate().waitUntilOpen(testEnd.signal)

beforeEach(() => {
  executor.execute = claimAndComplete
  testEnd = new AbortController()
})
afterEach(() => testEnd.abort())
