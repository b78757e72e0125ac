import { describe, expect, it, vi } from 'vitest'
import type { PersonaEntry } from '../../../shared/persona/persona.ts'
import { catalogTool } from '../../../shared/tool/catalog.ts'
import type { CallJob, CallOwner } from '../../../shared/tool/executor.ts'
import { callAgent } from '../../../workers/tools/catalog/call-agent.ts'
import { personaProblem } from '../../../workers/tools/delegate.ts'
import { type Dependencies, execute } from '../../../workers/tools/execute.ts'
import type { JudgedPersona } from '../../../workers/tools/judge.ts'
import { allowedByPolicy } from '../../support/allow-calls.ts'
import { noPrograms } from '../../support/no-programs.ts'
import { closedBreaker, offlineServices } from '../../support/tool-services.ts'

const job: CallJob = {
  ...{ tenant: 'acme', session: 's', subject: 'alice', turn_id: 't', call_id: 'c', token: 3, approved: false },
  name: 'call_agent',
  arguments: '{"persona":"clerk","message":"Count them."}',
}
const lead: JudgedPersona = { id: 'lead', version: 1, tools: ['call_agent', 'look'], approval: 'ask' }

async function executed(
  call: Partial<CallJob> = {},
  { problem = null, owner: own = {} }: { problem?: string | null; owner?: Partial<CallOwner> } = {},
) {
  const owner = {
    ...noPrograms,
    claimCall: async () => true,
    callReleased: () => new Promise<void>(() => {}),
    parkCall: async () => true,
    delegateCall: vi.fn(async (..._: Parameters<CallOwner['delegateCall']>) => true),
    endCall: vi.fn(async (..._: Parameters<CallOwner['endCall']>) => true),
    ...own,
  }
  const dependencies: Dependencies = {
    authorize: async () => ({ policy: allowedByPolicy, refusals: [] }),
    persona: async () => lead,
    auditLateResult: async () => {},
    personaProblem: async () => problem,
    services: offlineServices,
    breaker: closedBreaker,
    catalogTool: async (declared) => catalogTool(declared, undefined),
  }
  await execute({ ...job, ...call }, owner, [callAgent], dependencies)
  return owner
}

describe('A call of a sub-agent', () => {
  it('is handed over with the tools of its persona, and has no result yet', async () => {
    const { delegateCall, endCall } = await executed()
    expect(vi.mocked(delegateCall).mock.calls[0]?.[1]).toEqual({
      persona_id: 'clerk',
      message: 'Count them.',
      caller: { persona_id: 'lead', tools: ['call_agent', 'look'], approval: 'ask' },
    })
    expect(endCall).not.toHaveBeenCalled()
  })

  it('fails if the user may not choose the persona', async () => {
    const { delegateCall, endCall } = await executed({}, { problem: 'There is no persona.' })
    expect(delegateCall).not.toHaveBeenCalled()
    expect(vi.mocked(endCall).mock.calls[0]?.[1]).toEqual({ outcome: 'failed', text: 'There is no persona.' })
  })

  it('is denied if one of the turns above was not offered the tool', async () => {
    const callers = [
      { persona_id: null, tools: null },
      { persona_id: 'clerk', tools: ['look'] },
    ]
    const { delegateCall, endCall } = await executed({ callers })
    expect(delegateCall).not.toHaveBeenCalled()
    expect(vi.mocked(endCall).mock.calls[0]?.[1]).toMatchObject({ outcome: 'denied' })
  })

  it('fails in words at a session of an earlier release', async () => {
    const missing = async () => {
      throw new TypeError('The RPC receiver does not implement the method "delegateCall".')
    }
    const { endCall } = await executed({}, { owner: { delegateCall: missing } })
    expect(vi.mocked(endCall).mock.calls[0]?.[1]).toEqual({ outcome: 'failed', text: expect.stringContaining('not available yet') })
  })
})

describe('The persona of a sub-agent', () => {
  const entry = (id: string, visibility: 'owner' | 'workspace', owner = 'bob') =>
    ({ id, owner, persona: { name: id.toUpperCase(), description: '', visibility } }) as unknown as PersonaEntry
  const entries = [entry('open', 'workspace'), entry('bobs', 'owner'), entry('mine', 'owner', 'alice')]
  const env = {
    TENANT: {
      getByName: () => ({
        persona: async (id: string) => (entries.find((found) => found.id === id) ?? null) as never,
        personas: async () => entries,
      }),
    },
  }

  it('is one that the user may choose', async () => {
    expect(await personaProblem(job, 'open', env)).toBeNull()
    expect(await personaProblem(job, 'mine', env)).toBeNull()
  })

  it('is not the own persona of another user, and a refusal does not name it', async () => {
    const problem = await personaProblem(job, 'bobs', env)
    expect(problem).toBe('There is no persona "bobs". There are: open (OPEN), mine (MINE).')
  })
})
