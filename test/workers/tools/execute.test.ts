import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import { ok } from '../../../shared/result.ts'
import type { BreakerState } from '../../../shared/tool/breaker.ts'
import { type CatalogTool, catalogTool } from '../../../shared/tool/catalog.ts'
import type { Attempt, CallJob, CallOwner, CallResult } from '../../../shared/tool/executor.ts'
import { type Checked, type Tool, tool } from '../../../shared/tool/tool.ts'
import { execute } from '../../../workers/tools/execute.ts'
import type { JudgedPersona } from '../../../workers/tools/judge.ts'
import { allowedByPolicy, callIds } from '../../support/allow-calls.ts'
import { noPrograms } from '../../support/no-programs.ts'
import { offlineServices } from '../../support/tool-services.ts'

const job: CallJob = {
  ...callIds,
  name: 'shout',
  arguments: '{"text":"hi"}',
  approved: false,
}
const attempt = { turn_id: 't', call_id: 'c', token: 3 }
const shoutTool = tool({
  name: 'shout',
  description: '',
  arguments: { text: z.string() },
  effect: 'none',
  run: ({ text }) => text.toUpperCase(),
})

/** A session that grants the claim and accepts the result, and dependencies that allow every call. */
function setUp(overrides: Partial<CallOwner> = {}) {
  return {
    owner: {
      ...noPrograms,
      claimCall: vi.fn(async () => true),
      callReleased: vi.fn(() => new Promise<void>(() => {})),
      parkCall: vi.fn(async () => true),
      delegateCall: vi.fn(async () => true),
      endCall: vi.fn(async () => true),
      ...overrides,
    },
    dependencies: {
      authorize: vi.fn(async (): Promise<{ policy: PolicyDecision; refusals: string[] }> => ({ policy: allowedByPolicy, refusals: [] })),
      persona: vi.fn(async (): Promise<JudgedPersona | null> => null),
      auditLateResult: vi.fn(async () => {}),
      personaProblem: vi.fn(async (): Promise<string | null> => null),
      services: offlineServices,
      breaker: {
        state: vi.fn(async (): Promise<BreakerState | null> => ({ failures: 0, open_until: null })),
        report: vi.fn(async () => {}),
      },
      catalogTool: vi.fn(async (declared: Tool): Promise<CatalogTool> => catalogTool(declared, undefined)),
    },
  }
}

describe('An executor', () => {
  it('claims the call, runs it, and delivers the result', async () => {
    const { owner, dependencies } = setUp()
    await execute(job, owner, [shoutTool], dependencies)
    expect(owner.claimCall).toHaveBeenCalledWith(attempt, {})
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'completed', text: 'HI' })
  })

  it('runs nothing without the claim', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp({ claimCall: async () => false })
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).not.toHaveBeenCalled()
  })

  it('runs no denied call', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp()
    dependencies.authorize.mockResolvedValue({ policy: { ...allowedByPolicy, allowed: false, reasons: ['too_often'] }, refusals: [] })
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).toHaveBeenCalledWith(attempt, { outcome: 'denied', text: expect.stringContaining('too many memories') })
  })

  it.each([
    ['{"text":"unfin', /not valid JSON/],
    ['["hi"]', /not a JSON object/],
    ['null', /not a JSON object/],
  ])('reports %s as invalid arguments, without a decision of the policy', async (args, words) => {
    const { owner, dependencies } = setUp()
    await execute({ ...job, arguments: args }, owner, [shoutTool], dependencies)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'failed', text: expect.stringMatching(words) })
    expect(dependencies.authorize).not.toHaveBeenCalled()
  })

  it('reads empty arguments as an empty object', async () => {
    const { owner, dependencies } = setUp()
    const now = tool({ name: 'now', description: '', arguments: {}, effect: 'none', run: () => 'noon' })
    await execute({ ...job, name: 'now', arguments: ' ' }, owner, [now], dependencies)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'completed', text: 'noon' })
  })

  it('reports a mistake of the model, and a failure without its message', async () => {
    const endCall = vi.fn(async (_: Attempt, __: CallResult) => true)
    const { owner, dependencies } = setUp({ endCall })
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken: Tool = {
      ...shoutTool,
      name: 'broken',
      run: async () => {
        throw new Error('secret')
      },
    }
    await execute({ ...job, name: 'fly' }, owner, [shoutTool], dependencies)
    await execute({ ...job, arguments: '{' }, owner, [shoutTool], dependencies)
    await execute({ ...job, name: 'broken' }, owner, [broken], dependencies)
    const texts = endCall.mock.calls.map(([, result]) => result)
    await execute({ ...job, name: 'broken' }, owner, [{ ...broken, effect: 'once' }], dependencies)
    expect(texts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
    // A non-idempotent tool may have taken effect before it failed.
    expect(endCall.mock.lastCall?.[1]).toMatchObject({ outcome: 'unknown' })
    expect(texts.map(({ text }) => text)).toEqual(['There is no tool "fly".', expect.stringContaining('not valid'), 'The tool failed.'])
  })

  it('runs nothing while the catalog cannot be read', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp()
    vi.spyOn(console, 'error').mockImplementation(() => {})
    dependencies.catalogTool.mockRejectedValue(new Error('reset'))
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    expect(run).not.toHaveBeenCalled()
    expect(dependencies.authorize).not.toHaveBeenCalled()
    expect(owner.endCall).toHaveBeenCalledWith(attempt, { outcome: 'denied', text: expect.stringContaining('cannot be read') })
  })

  it('adds the fixed arguments of the catalog before the decision, and cuts the result to its limit', async () => {
    const { owner, dependencies } = setUp()
    dependencies.catalogTool.mockImplementation(async (declared) => ({
      ...catalogTool(declared, undefined),
      params: { text: 'x'.repeat(500) },
      output_units: 100,
    }))
    await execute(job, owner, [shoutTool], dependencies)
    const [, , judged] = dependencies.authorize.mock.calls[0] as unknown as [CallJob, CatalogTool, string]
    expect(JSON.parse(judged)).toEqual({ text: 'x'.repeat(500) })
    const [, result] = vi.mocked(owner.endCall).mock.calls[0] as [Attempt, CallResult]
    expect(result.text).toMatch(/^X+\n\[The rest was cut: \d+ more characters\.\]$/)
    expect(result.text).toHaveLength(100)
  })

  it.each([
    ['none', { outcome: 'failed', text: 'It timed out after 0.02 s.' }],
    ['idempotent', { outcome: 'failed', text: 'It timed out after 0.02 s.' }],
    ['once', { outcome: 'unknown', text: 'It timed out after 0.02 s. Whether it took effect is unknown.' }],
  ] as const)('reports a tool with the effect `%s` that runs too long as a timeout, and aborts it', async (effect, result) => {
    const { owner, dependencies } = setUp()
    let aborted = false
    const hung: Tool = {
      ...shoutTool,
      effect,
      run: (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true
          })
        }),
    }
    await execute({ ...job, timeout_ms: 20 }, owner, [hung], dependencies)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, result)
    expect(aborted).toBe(true)
  })

  it('refuses a tool whose breaker is open, and says when it can be called again', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp()
    dependencies.breaker.state.mockResolvedValue({ failures: 5, open_until: Date.now() + 20_000 })
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).toHaveBeenCalledWith(attempt, {
      outcome: 'failed',
      text: expect.stringMatching(/failed 5 times.*again in \d+ s/),
    })
  })

  it('reports to the breaker what threw or took too long, and a success after failures; never a mistake of the model', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { owner, dependencies } = setUp()
    const { state, report } = dependencies.breaker
    const broken: Tool = { ...shoutTool, run: () => Promise.reject(new Error('broken')) }
    const hung: Tool = { ...shoutTool, run: () => new Promise(() => {}) }
    await execute(job, owner, [broken], dependencies)
    await execute({ ...job, timeout_ms: 5 }, owner, [hung], dependencies)
    expect(report.mock.calls).toEqual([[true], [true]])
    await execute({ ...job, arguments: '{"text":1}' }, owner, [shoutTool], dependencies)
    await execute(job, owner, [shoutTool], dependencies)
    expect(report).toHaveBeenCalledTimes(2)
    state.mockResolvedValue({ failures: 3, open_until: null })
    await execute(job, owner, [shoutTool], dependencies)
    expect(report.mock.lastCall).toEqual([false])
  })

  it('aborts a released call, and audits its late result', async () => {
    let release = () => {}
    const { owner, dependencies } = setUp({
      callReleased: () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
      endCall: vi.fn(async () => false),
    })
    const aborted = vi.fn()
    const started = vi.fn()
    const slow: Tool = {
      ...shoutTool,
      run: (_, { signal }) =>
        new Promise((resolve) => {
          started()
          signal.addEventListener('abort', () => {
            aborted()
            resolve(ok('late'))
          })
        }),
    }
    const execution = execute(job, owner, [slow], dependencies)
    await vi.waitFor(() => expect(started).toHaveBeenCalled())
    release()
    await execution
    expect(aborted).toHaveBeenCalledOnce()
    expect(dependencies.auditLateResult).toHaveBeenCalledWith(job, { outcome: 'completed', text: 'late' })
  })

  /** A claim that takes so long that the call must be judged again. */
  const slowClaim = async () => {
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now + 60_000)
    return true
  }

  it('does not start a tool whose call was released while it was judged again', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp({ claimCall: slowClaim, callReleased: () => Promise.resolve() })
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    vi.restoreAllMocks()
    expect(run).not.toHaveBeenCalled()
  })

  it('judges the call again if the claim took long', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, dependencies } = setUp({ claimCall: slowClaim })
    dependencies.authorize
      .mockResolvedValueOnce({ policy: allowedByPolicy, refusals: [] })
      .mockResolvedValue({ policy: allowedByPolicy, refusals: ['tool_disabled'] })
    await execute(job, owner, [{ ...shoutTool, run }], dependencies)
    vi.restoreAllMocks()
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).toHaveBeenCalledWith(attempt, { outcome: 'denied', text: expect.stringContaining('disabled the tool') })
  })

  it('parks a call that needs an approval, and runs it with the approval of exactly this call', async () => {
    const run = vi.fn(async (_: string) => ok('ran'))
    const { owner, dependencies } = setUp({ claimCall: vi.fn(async () => false) })
    const guarded: Tool = { ...shoutTool, run, approval: 'always' }
    await execute({ ...job, arguments: ' {"text": "h\\u0069"}' }, owner, [guarded], dependencies)
    const [, terms] = vi.mocked(owner.claimCall).mock.calls[0] as unknown as [Attempt, { approval: { binding: string; grant: null } }]
    expect(owner.parkCall).toHaveBeenCalledExactlyOnceWith(attempt, expect.any(String), expect.any(Number), {
      ...{ arguments: '{"text":"hi"}', rule: 'always', binding: terms.approval.binding },
      asked: [{ source: 'catalog', reason: expect.stringContaining('without exception') }],
    })
    expect(terms.approval.grant).toBe(null)
    expect(run).not.toHaveBeenCalled()
    vi.mocked(owner.claimCall).mockResolvedValue(true)
    await execute(job, owner, [guarded], dependencies)
    expect(owner.claimCall).toHaveBeenLastCalledWith(attempt, terms)
    expect(run).toHaveBeenCalledExactlyOnceWith('{"text":"hi"}', expect.anything())
  })

  it('waits for an approval by the rule of the persona', async () => {
    const { owner, dependencies } = setUp()
    dependencies.persona.mockResolvedValue({ id: 'clerk', version: 1, tools: null, approval: 'ask' })
    await execute(job, { ...owner, claimCall: async () => false }, [shoutTool], dependencies)
    expect(vi.mocked(owner.parkCall).mock.calls[0]).toMatchObject([
      attempt,
      expect.stringContaining('The persona asks'),
      expect.any(Number),
      { rule: 'ask' },
    ])
  })

  it('waits for an approval by the rule of a turn above', async () => {
    const { owner, dependencies } = setUp()
    const callers = [{ persona_id: 'lead', tools: null, approval: 'always' as const }]
    await execute({ ...job, callers }, { ...owner, claimCall: async () => false }, [shoutTool], dependencies)
    expect(vi.mocked(owner.parkCall).mock.calls[0]).toMatchObject([attempt, expect.any(String), expect.any(Number), { rule: 'always' }])
  })

  it('denies a tool that the persona does not offer', async () => {
    const { owner, dependencies } = setUp()
    dependencies.persona.mockResolvedValue({ id: 'clerk', version: 1, tools: ['echo'], approval: 'never' })
    await execute(job, owner, [shoutTool], dependencies)
    expect(owner.endCall).toHaveBeenCalledWith(attempt, { outcome: 'denied', text: expect.stringContaining('persona does not offer') })
  })

  describe('of a call that was cut off', () => {
    const cutOff = { ...job, cut_off: true } as const
    const checking = (checked: Checked, run = vi.fn(async () => ok('ran'))) => ({
      ...{ ...shoutTool, effect: 'once' as const, run },
      check: async () => checked,
    })

    it.each([
      [{ happened: 'It is there.' }, { outcome: 'completed', text: 'It is there.' }, 0],
      ['not_happened', { outcome: 'completed', text: 'ran' }, 1],
      ['unknown', expect.objectContaining({ outcome: 'unknown' }), 0],
    ] as const)('asks the tool first: %j', async (checked, result, runs) => {
      const { owner, dependencies } = setUp()
      const tool = checking(checked)
      await execute(cutOff, owner, [tool], dependencies)
      expect(owner.claimCall).toHaveBeenCalledWith(attempt, { checks: true })
      expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, result)
      expect(tool.run).toHaveBeenCalledTimes(runs)
    })

    it('does not run it again if it needed an approval', async () => {
      const { owner, dependencies } = setUp()
      const tool = { ...checking('not_happened'), approval: 'ask' as const }
      await execute(cutOff, owner, [tool], dependencies)
      expect(tool.run).not.toHaveBeenCalled()
      expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, expect.objectContaining({ outcome: 'unknown' }))
    })
  })

  it('retries the delivery of a result while the session is unreachable', async () => {
    const endCall = vi.fn(async () => true)
    endCall.mockRejectedValueOnce(new Error('reset')).mockRejectedValueOnce(new Error('reset'))
    const { owner, dependencies } = setUp({ endCall, callReleased: () => Promise.reject(new Error('reset')) })
    await execute(job, owner, [shoutTool], dependencies)
    expect(endCall).toHaveBeenCalledTimes(3)
    expect(dependencies.auditLateResult).not.toHaveBeenCalled()
  })
})
