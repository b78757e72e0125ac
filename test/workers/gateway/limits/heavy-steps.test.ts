/** Steps of heavy requests: one at a time, each tenant in turn, with time for other requests between them (M2). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HeavySteps, type RunHeavyStep } from '../../../../workers/gateway/limits/heavy-steps.ts'

/** Milliseconds by which the clock moves at a time. */
const tickMs = 1

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const lasting = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Runs `count` steps of 3 ms, and notes `name` as each begins. */
async function work(run: RunHeavyStep, name: string, count: number, order: string[]): Promise<void> {
  for (let step = 0; step < count; step += 1)
    await run(async () => {
      order.push(name)
      await lasting(3)
    })
}

describe('A step of a heavy request', () => {
  it('runs after the waiting requests, and returns its result', async () => {
    const order: string[] = []
    setTimeout(() => order.push('another request'), 0)
    const result = new HeavySteps().request('acme', 'import')(() => order.push('step'))
    await pass(1)
    expect(await result).toBe(2)
    expect(order).toEqual(['another request', 'step'])
  })

  it('runs alone, whatever the number of requests and tenants', async () => {
    const steps = new HeavySteps()
    let running = 0
    let most = 0
    const all = ['acme', 'acme', 'initech', 'hooli'].map(async (tenant, index) => {
      const run = steps.request(tenant, index % 2 === 0 ? 'import' : 'page')
      for (let step = 0; step < 4; step += 1)
        await run(async () => {
          running += 1
          most = Math.max(most, running)
          await lasting(5)
          running -= 1
        })
    })
    await pass(2_000)
    await Promise.all(all)
    expect(most).toBe(1)
  })

  it.each([
    [10, 10],
    // The longest rest.
    [500, 50],
    // The clock does not move while code runs.
    [0, 2],
  ])('of %d ms leaves the isolate to other requests for %d ms', async (lengthMs, restMs) => {
    const steps = new HeavySteps()
    let endedAt = 0
    const first = steps.request(
      'acme',
      'import',
    )(async () => {
      if (lengthMs > 0) await lasting(lengthMs)
      endedAt = Date.now()
    })
    await pass(lengthMs + tickMs)
    await first
    const second = steps.request('initech', 'import')(() => Date.now())
    await pass(200)
    expect((await second) - endedAt).toBeGreaterThanOrEqual(restMs)
    expect((await second) - endedAt).toBeLessThan(restMs + 10)
  })

  it('waits for the other tenants, however many requests its own tenant has', async () => {
    const steps = new HeavySteps()
    const order: string[] = []
    const all = Array.from({ length: 5 }, () => work(steps.request('acme', 'page'), 'acme', 4, order))
    all.push(work(steps.request('initech', 'page'), 'initech', 4, order))
    await pass(2_000)
    await Promise.all(all)
    expect(order).toHaveLength(24)
    const firstHalf = order.slice(0, order.lastIndexOf('initech') + 1)
    expect(firstHalf.filter((name) => name === 'acme').length).toBeLessThanOrEqual(6)
  })

  it('of an import waits for the earlier imports of its tenant', async () => {
    const steps = new HeavySteps()
    const order: string[] = []
    const all = ['one', 'two', 'three'].map((name) => work(steps.request('acme', 'import'), name, 3, order))
    all.push(work(steps.request('acme', 'page'), 'export', 3, order))
    await pass(2_000)
    await Promise.all(all)
    const imports = order.filter((name) => name !== 'export')
    expect(imports).toEqual(['one', 'one', 'one', 'two', 'two', 'two', 'three', 'three', 'three'])
    // An export does not wait for them.
    expect(order.lastIndexOf('export')).toBeLessThan(order.indexOf('three'))
  })

  it('leaves its place when it fails', async () => {
    const run = new HeavySteps().request('acme', 'import')
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failed = expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await pass(100)
      await failed
    }
    const done = run(() => 'done')
    await pass(100)
    expect(await done).toBe('done')
  })

  it('holds its place for a limited time, because the platform may end its request', async () => {
    const steps = new HeavySteps()
    void steps.request('acme', 'import')(() => new Promise(() => {}))
    await pass(10)
    let done = false
    const second = steps.request(
      'initech',
      'import',
    )(() => {
      done = true
    })
    await pass(1_000)
    expect(done).toBe(false)
    await pass(10_000)
    await second
    expect(done).toBe(true)
  })

  it('does not wait for a request that ended while it waited', async () => {
    const steps = new HeavySteps()
    const realTimeout = globalThis.setTimeout
    // The timer of a request that the platform has ended never fires.
    vi.stubGlobal('setTimeout', () => 0)
    void steps.request('acme', 'import')(() => 'never')
    vi.stubGlobal('setTimeout', realTimeout)
    await pass(100)
    const second = steps.request('acme', 'import')(() => 'done')
    await pass(200)
    expect(await second).toBe('done')
  })
})
