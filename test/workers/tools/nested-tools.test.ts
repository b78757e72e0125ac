import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type CatalogTool, catalogTool } from '../../../shared/tool/catalog.ts'
import type { CallJob, CallResult } from '../../../shared/tool/executor.ts'
import { type Tool, tool } from '../../../shared/tool/tool.ts'
import { execute } from '../../../workers/tools/execute.ts'
import { allowedByPolicy, callIds } from '../../support/allow-calls.ts'
import { noPrograms } from '../../support/no-programs.ts'
import { closedBreaker, offlineServices } from '../../support/tool-services.ts'

const job: CallJob = {
  ...callIds,
  name: 'program',
  arguments: '{}',
  timeout_ms: 10_000,
  approved: true,
}
const shout = tool({
  name: 'shout',
  description: '',
  arguments: { text: z.string() },
  effect: 'none',
  run: ({ text }) => text.toUpperCase(),
})
const pay = tool({ name: 'pay', description: '', arguments: {}, effect: 'once', run: () => 'paid' })
const guarded = tool({ name: 'guarded', description: '', arguments: {}, effect: 'none', approval: 'always', run: () => 'ran' })
const nesting = tool({
  name: 'nesting',
  description: '',
  arguments: {},
  effect: 'none',
  run: async (_, { nested }) => JSON.stringify([nested.names, await nested.call('shout', '{}', 1)]),
})

/** Runs a tool that calls others. Returns what they answered, and the jobs that the policy judged. */
async function callsOf(calls: readonly (readonly [name: string, args: string])[], denied: readonly string[] = []) {
  const judged: CallJob[] = []
  let names: readonly string[] = []
  const results: CallResult[] = []
  const program = tool({
    name: 'program',
    description: '',
    arguments: {},
    effect: 'none',
    async run(_, { nested }) {
      names = nested.names
      for (const [index, [name, args]] of calls.entries()) results.push(await nested.call(name, args, index + 1))
      return 'done'
    },
  })
  const owner = {
    ...noPrograms,
    claimCall: async () => true,
    callReleased: () => new Promise<void>(() => {}),
    delegateCall: async () => true,
    parkCall: async () => true,
    endCall: vi.fn(async () => true),
  }
  await execute(job, owner, [program, shout, pay, guarded, nesting], {
    personaProblem: async () => null,
    authorize: async (call) => {
      judged.push(call)
      return { policy: { ...allowedByPolicy, allowed: !denied.includes(call.name) }, refusals: [] }
    },
    persona: async () => null,
    auditLateResult: async () => {},
    services: offlineServices,
    breaker: closedBreaker,
    catalogTool: async (declared: Tool): Promise<CatalogTool> => catalogTool(declared, undefined),
  })
  return { names, results, judged: judged.slice(1) }
}

describe('Tools that a program calls', () => {
  it('are those that may run again, without the program itself', async () => {
    expect((await callsOf([])).names).toEqual(['shout', 'guarded', 'nesting'])
  })

  it('are each judged in the name of the same user, without the approval of the program', async () => {
    const { results, judged } = await callsOf([['shout', '{"text":"hi"}']])
    expect(results).toEqual([{ outcome: 'completed', text: 'HI' }])
    expect(judged).toEqual([
      {
        tenant: 'acme',
        session: 's',
        subject: 'alice',
        turn_id: 't',
        call_id: 'c.1',
        token: 3,
        name: 'shout',
        arguments: '{"text":"hi"}',
        approved: false,
      },
    ])
  })

  it('do not run if the policy denies them, their arguments are wrong, or they do not exist', async () => {
    expect((await callsOf([['shout', '{"text":"hi"}']], ['shout'])).results).toEqual([
      { outcome: 'denied', text: expect.stringContaining('policy') },
    ])
    const { results } = await callsOf([
      ['shout', '{"text":1}'],
      ['shout', '['],
      ['fly', '{}'],
      ['program', '{}'],
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed'])
  })

  it('do not run if they need an approval, or must not run twice', async () => {
    const { results, judged } = await callsOf([
      ['guarded', '{}'],
      ['pay', '{}'],
    ])
    expect(results).toEqual([
      { outcome: 'denied', text: expect.stringContaining('waits for a person') },
      { outcome: 'failed', text: expect.stringContaining('no tool "pay"') },
    ])
    expect(judged.map(({ name }) => name)).toEqual(['guarded'])
  })

  it('cannot call tools themselves', async () => {
    const { results } = await callsOf([['nesting', '{}']])
    expect(JSON.parse(results[0]?.text ?? '')).toEqual([[], { outcome: 'failed', text: expect.stringContaining('cannot call tools') }])
  })
})
