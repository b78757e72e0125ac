/** Steps of heavy requests: few at a time, with a turn for other requests between them (M2). */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HeavySteps } from '../../../../workers/gateway/limits/heavy-steps.ts'

const nextTick = () => new Promise<void>((resume) => setTimeout(resume, 1))

afterEach(() => void vi.useRealTimers())

describe('A step of a heavy request', () => {
  it('runs after the waiting requests, and returns its result', async () => {
    const order: string[] = []
    setTimeout(() => order.push('another request'), 0)
    const steps = new HeavySteps()
    expect(await steps.run(() => order.push('step'))).toBe(2)
    expect(order).toEqual(['another request', 'step'])
  })

  it('shares two slots with the steps of all other requests', async () => {
    const steps = new HeavySteps()
    let running = 0
    let maxRunning = 0
    const request = async () => {
      for (let step = 0; step < 5; step += 1)
        await steps.run(async () => {
          running += 1
          maxRunning = Math.max(maxRunning, running)
          await nextTick()
          running -= 1
        })
    }
    await Promise.all(Array.from({ length: 6 }, request))
    expect(maxRunning).toBe(2)
  })

  it('leaves the isolate to other requests for a while after its end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const steps = new HeavySteps()
    await Promise.all([steps.run(() => 'one'), steps.run(() => 'two')])
    const third = steps.run(() => 'three')
    for (let turn = 0; turn < 5; turn += 1) await nextTick()
    expect(await Promise.race([third, nextTick().then(() => 'waits')])).toBe('waits')
    vi.setSystemTime(Date.now() + 20)
    expect(await third).toBe('three')
  })

  it('frees its slot when it fails', async () => {
    const steps = new HeavySteps()
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(steps.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await steps.run(() => 'done')).toBe('done')
  })

  it('holds its slot for a limited time, because the platform may end its request', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const steps = new HeavySteps()
    for (let lost = 0; lost < 2; lost += 1) void steps.run(() => new Promise(() => {}))
    const third = steps.run(() => 'done')
    for (let turn = 0; turn < 5; turn += 1) await nextTick()
    expect(await Promise.race([third, nextTick().then(() => 'waits')])).toBe('waits')
    vi.setSystemTime(Date.now() + 10_000)
    expect(await third).toBe('done')
  })
})
