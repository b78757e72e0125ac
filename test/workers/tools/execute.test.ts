import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ok } from '../../../shared/result.ts'
import type { Attempt, CallJob, CallOwner, CallResult } from '../../../shared/tool/executor.ts'
import { type Tool, tool } from '../../../shared/tool/tool.ts'
import { execute } from '../../../workers/tools/execute.ts'

const job: CallJob = {
  tenant: 'acme',
  session: 's',
  subject: 'alice',
  turn_id: 't',
  call_id: 'c',
  token: 3,
  name: 'shout',
  arguments: '{"text":"hi"}',
  approved: false,
}
const attempt = { turn_id: 't', call_id: 'c', token: 3 }
const shout = tool({
  name: 'shout',
  description: '',
  arguments: { text: z.string() },
  effect: 'none',
  run: ({ text }) => text.toUpperCase(),
})

/** A session that grants the claim and takes the result, and surroundings that allow everything. */
function around(more: Partial<CallOwner> = {}) {
  return {
    owner: {
      claimCall: vi.fn(async () => true),
      callReleased: vi.fn(() => new Promise<void>(() => {})),
      parkCall: vi.fn(async () => true),
      endCall: vi.fn(async () => true),
      ...more,
    },
    surroundings: { refusal: vi.fn(async (): Promise<{ outcome: 'denied'; text: string } | null> => null), late: vi.fn(async () => {}) },
  }
}

describe('An executor', () => {
  it('claims, runs, and hands the result over', async () => {
    const { owner, surroundings } = around()
    await execute(job, owner, [shout], surroundings)
    expect(owner.claimCall).toHaveBeenCalledWith(attempt)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'completed', text: 'HI' })
  })

  it('runs nothing without the claim', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, surroundings } = around({ claimCall: async () => false })
    await execute(job, owner, [{ ...shout, run }], surroundings)
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).not.toHaveBeenCalled()
  })

  it('runs nothing that is refused', async () => {
    const run = vi.fn(async () => ok('ran'))
    const { owner, surroundings } = around()
    surroundings.refusal.mockResolvedValue({ outcome: 'denied', text: 'You may not.' })
    await execute(job, owner, [{ ...shout, run }], surroundings)
    expect(run).not.toHaveBeenCalled()
    expect(owner.endCall).toHaveBeenCalledWith(attempt, { outcome: 'denied', text: 'You may not.' })
  })

  it.each([
    ['{"text":"unfin', /not valid JSON/],
    ['["hi"]', /not a JSON object/],
    ['null', /not a JSON object/],
  ])('tells the model that %s are no arguments, and asks no policy', async (args, words) => {
    const { owner, surroundings } = around()
    await execute({ ...job, arguments: args }, owner, [shout], surroundings)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'failed', text: expect.stringMatching(words) })
    expect(surroundings.refusal).not.toHaveBeenCalled()
  })

  it('takes empty arguments as an empty object', async () => {
    const { owner, surroundings } = around()
    const now = tool({ name: 'now', description: '', arguments: {}, effect: 'none', run: () => 'noon' })
    await execute({ ...job, name: 'now', arguments: ' ' }, owner, [now], surroundings)
    expect(owner.endCall).toHaveBeenCalledExactlyOnceWith(attempt, { outcome: 'completed', text: 'noon' })
  })

  it('says what the model got wrong, and what broke without its message', async () => {
    const endCall = vi.fn(async (_: Attempt, __: CallResult) => true)
    const { owner, surroundings } = around({ endCall })
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken: Tool = {
      ...shout,
      name: 'broken',
      run: async () => {
        throw new Error('secret')
      },
    }
    await execute({ ...job, name: 'fly' }, owner, [shout], surroundings)
    await execute({ ...job, arguments: '{' }, owner, [shout], surroundings)
    await execute({ ...job, name: 'broken' }, owner, [broken], surroundings)
    const texts = endCall.mock.calls.map(([, result]) => result)
    await execute({ ...job, name: 'broken' }, owner, [{ ...broken, effect: 'once' }], surroundings)
    expect(texts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
    // What must not run twice may have taken effect before it broke.
    expect(endCall.mock.lastCall?.[1]).toMatchObject({ outcome: 'unknown' })
    expect(texts.map(({ text }) => text)).toEqual(['There is no tool "fly".', expect.stringContaining('not valid'), 'The tool broke.'])
  })

  it('stops the tool when nobody wants it any more, and keeps a result that came too late', async () => {
    let release = () => {}
    const { owner, surroundings } = around({
      callReleased: () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
      endCall: vi.fn(async () => false),
    })
    const aborted = vi.fn()
    const slow: Tool = {
      ...shout,
      run: (_, signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted()
            resolve(ok('late'))
          }),
        ),
    }
    const over = execute(job, owner, [slow], surroundings)
    await vi.waitFor(() => expect(owner.claimCall).toHaveBeenCalled())
    await Promise.resolve()
    release()
    await over
    expect(aborted).toHaveBeenCalledOnce()
    expect(surroundings.late).toHaveBeenCalledWith(job, { outcome: 'completed', text: 'late' })
  })

  it('tries again to hand over a result while its session cannot be reached', async () => {
    const endCall = vi.fn(async () => true)
    endCall.mockRejectedValueOnce(new Error('reset')).mockRejectedValueOnce(new Error('reset'))
    const { owner, surroundings } = around({ endCall, callReleased: () => Promise.reject(new Error('reset')) })
    await execute(job, owner, [shout], surroundings)
    expect(endCall).toHaveBeenCalledTimes(3)
    expect(surroundings.late).not.toHaveBeenCalled()
  })
})
