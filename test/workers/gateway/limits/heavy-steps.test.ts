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

const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Runs `count` steps of 3 ms, and records `name` at the start of each. */
async function work(run: RunHeavyStep, name: string, count: number, order: string[]): Promise<void> {
  for (let step = 0; step < count; step += 1)
    await run(async () => {
      order.push(name)
      await sleep(3)
    })
}

describe('M2. A step of a heavy request', () => {
  it('runs after the waiting requests, and returns its result', async () => {
    const order: string[] = []
    setTimeout(() => order.push('another request'), 0)
    const result = new HeavySteps().request('acme', 'import')(() => order.push('step'))
    await advance(1)
    expect(await result).toBe(2)
    expect(order).toEqual(['another request', 'step'])
  })

  it('runs alone, for any number of requests and tenants', async () => {
    const steps = new HeavySteps()
    let running = 0
    let maxRunning = 0
    const all = ['acme', 'acme', 'initech', 'hooli'].map(async (tenant, index) => {
      const run = steps.request(tenant, index % 2 === 0 ? 'import' : 'page')
      for (let step = 0; step < 4; step += 1)
        await run(async () => {
          running += 1
          maxRunning = Math.max(maxRunning, running)
          await sleep(5)
          running -= 1
        })
    })
    await advance(2_000)
    await Promise.all(all)
    expect(maxRunning).toBe(1)
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
      if (lengthMs > 0) await sleep(lengthMs)
      endedAt = Date.now()
    })
    await advance(lengthMs + tickMs)
    await first
    const second = steps.request('initech', 'import')(() => Date.now())
    await advance(200)
    expect((await second) - endedAt).toBeGreaterThanOrEqual(restMs)
    expect((await second) - endedAt).toBeLessThan(restMs + 10)
  })

  it('waits for the other tenants, however many requests its own tenant has', async () => {
    const steps = new HeavySteps()
    const order: string[] = []
    const all = Array.from({ length: 5 }, () => work(steps.request('acme', 'page'), 'acme', 4, order))
    all.push(work(steps.request('initech', 'page'), 'initech', 4, order))
    await advance(2_000)
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
    await advance(2_000)
    await Promise.all(all)
    const imports = order.filter((name) => name !== 'export')
    expect(imports).toEqual(['one', 'one', 'one', 'two', 'two', 'two', 'three', 'three', 'three'])
    // An export does not wait for them.
    expect(order.lastIndexOf('export')).toBeLessThan(order.indexOf('three'))
  })

  it('frees its slot when it fails', async () => {
    const run = new HeavySteps().request('acme', 'import')
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const failed = expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await advance(100)
      await failed
    }
    const done = run(() => 'done')
    await advance(100)
    expect(await done).toBe('done')
  })

  it('holds its slot for a limited time, because the platform may end its request', async () => {
    const steps = new HeavySteps()
    void steps.request('acme', 'import')(() => new Promise(() => {}))
    await advance(10)
    let isDone = false
    const second = steps.request(
      'initech',
      'import',
    )(() => {
      isDone = true
    })
    await advance(1_000)
    expect(isDone).toBe(false)
    await advance(10_000)
    await second
    expect(isDone).toBe(true)
  })

  it('does not wait for a request that ended while it waited', async () => {
    const steps = new HeavySteps()
    const realTimeout = globalThis.setTimeout
    // The timer of a request that the platform has ended never fires.
    vi.stubGlobal('setTimeout', () => 0)
    void steps.request('acme', 'import')(() => 'never')
    vi.stubGlobal('setTimeout', realTimeout)
    await advance(100)
    const second = steps.request('acme', 'import')(() => 'done')
    await advance(200)
    expect(await second).toBe('done')
  })
})
