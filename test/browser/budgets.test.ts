/**
 * Budgets of size and time. Sizes are exact. Times are compared as ratios within one run, because machines differ, and are printed with
 * their budgets.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fakeWord } from '../support/words.ts'
import { setUpBrowser, type Visitor } from './browser-fixture.ts'
import { entryOf, firstLoad, gzippedKib, readManifest, withImports } from './bundle-size.ts'
import { askAndClaim, composer, eventually, pause, seed, turns, waitForText } from './chat.ts'

const fixture = setUpBrowser()
const dist = join(import.meta.dirname, '..', '..', 'web', 'dist')

describe('The size', () => {
  it('of the first load is at most 150 KiB of script, 20 of style and 80 of fonts, compressed', () => {
    const { scripts, styles, fonts } = firstLoad(dist)
    expect(fonts).toBeGreaterThan(0)
    console.log(
      `gzipped KiB: script ${scripts.toFixed(1)} (goal 130), style ${styles.toFixed(1)} (goal 15), fonts ${fonts.toFixed(1)} (goal 60)`,
    )
    expect(scripts).toBeLessThanOrEqual(150)
    expect(styles).toBeLessThanOrEqual(20)
    expect(fonts).toBeLessThanOrEqual(80)
  })

  it('of each later chunk is at most 80 KiB, and of a part of Mermaid at most 640', () => {
    const chunks = readManifest(dist)
    const entry = entryOf(chunks)
    const diagrams = new Set<string>()
    const addDiagrams = (name: string): void => {
      if (diagrams.has(name)) return
      diagrams.add(name)
      for (const part of chunks[name]?.dynamicImports ?? []) addDiagrams(part)
      for (const part of chunks[name]?.imports ?? []) if (part !== entry) addDiagrams(part)
    }
    addDiagrams('src/markdown/mermaid.ts')
    const initialNames = withImports(chunks, entry)
    for (const [name, { isDynamicEntry }] of Object.entries(chunks)) {
      if (!isDynamicEntry) continue
      const parts = [...withImports(chunks, name)].filter((part) => !initialNames.has(part)).flatMap((part) => chunks[part] ?? [])
      const kibibytes = gzippedKib(dist, new Set(parts.flatMap(({ file, css = [] }) => [file, ...css])))
      const limit = diagrams.has(name) ? 640 : 80
      expect([name, kibibytes]).toEqual([name, expect.toSatisfy((size: number) => size <= limit, `${limit} KiB`)])
    }
  })

  it('is that of a production build', () => {
    const scripts = readdirSync(join(dist, 'assets')).filter((file) => file.endsWith('.js'))
    const development = scripts.filter((file) =>
      readFileSync(join(dist, 'assets', file), 'utf8').includes('Invalid hook call. Hooks can only be called'),
    )
    expect(development).toEqual([])
  })
})

describe('The cost', () => {
  let visitor: Visitor
  let session500 = ''
  let session100 = ''
  let session10 = ''
  /** A user with sessions of 10, 100 and 500 messages. */
  async function withSessions(): Promise<void> {
    visitor = await fixture.visitor({ subject: 'user-with-many-messages' })
    if (session500 !== '') return
    session10 = await seed(visitor.api, 5)
    session100 = await seed(visitor.api, 50)
    session500 = await seed(visitor.api, 250)
  }

  interface Frames {
    readonly p50: number
    readonly p95: number
    readonly longTasks: number
    readonly keyP95: number
    /** Main-thread time per second, in ms. */
    readonly busy: number
  }

  /** Measures the page's main thread for `ms` while `work` runs. */
  async function measure(page: Page, ms: number, work: () => Promise<unknown>): Promise<Frames> {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable')
    const taskSeconds = async () =>
      (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
    await page.evaluate(() => {
      const probe = { deltas: [] as number[], long: 0, keys: [] as number[], on: true }
      Object.assign(window, { probe })
      new PerformanceObserver((list) => {
        probe.long += list.getEntries().length
      }).observe({ type: 'longtask' })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name === 'keydown') probe.keys.push(entry.duration)
      }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
      let last = performance.now()
      const tick = (now: number) => {
        probe.deltas.push(now - last)
        last = now
        if (probe.on) requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    })
    const before = await taskSeconds()
    const startedAt = performance.now()
    await Promise.all([work(), pause(ms)])
    const seconds = (performance.now() - startedAt) / 1_000
    const busy = (((await taskSeconds()) - before) * 1_000) / seconds
    const {
      deltas,
      long: longTasks,
      keys,
    } = await page.evaluate(() => {
      const { probe } = window as unknown as { probe: { deltas: number[]; long: number; keys: number[]; on: boolean } }
      probe.on = false
      return probe
    })
    await cdp.detach()
    const quantile = (values: readonly number[], q: number) => values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? 0
    return { p50: quantile(deltas, 0.5), p95: quantile(deltas, 0.95), longTasks, keyP95: quantile(keys, 0.95), busy }
  }

  let count = 0
  /** Streams 200 tokens a second into a session for three seconds. `typing`: the user types meanwhile. */
  async function streamInto(session: string, typing: boolean): Promise<Frames> {
    const { context } = visitor
    const page = await context.newPage()
    await page.goto(`/c/${session}`)
    await turns(page).last().waitFor()
    // The thread has mounted its older turns.
    await eventually(async () => expect(await turns(page).count()).toBeGreaterThanOrEqual(50))
    await pause(500)
    count += 1
    const answer = await askAndClaim(fixture.model, page, `How costly ${count}.`, `costly ${count}.`)
    answer.write('It begins. ')
    await waitForText(page, 'It begins.')
    const tokens = Array.from({ length: 600 }, (_, index) => (index % 40 === 39 ? '\n\n' : fakeWord(index)))
    const result = await measure(page, 3_000, async () => {
      await Promise.all([
        answer.stream(tokens, 200),
        typing && composer(page).pressSequentially('typing while it streams ', { delay: 100 }),
      ])
    })
    answer.finish()
    await page.close()
    return result
  }

  const printFrames = (name: string, { p50, p95, longTasks, keyP95, busy }: Frames) =>
    console.log(
      `${name}: frame p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} ms, long tasks ${longTasks}, key p95 ${keyP95.toFixed(0)} ms, busy ${busy.toFixed(0)} ms/s`,
    )

  it('11. and 17. of streaming into 500 messages while the user types is near that of an empty page', async () => {
    await withSessions()
    const { context } = visitor
    const blank = await context.newPage()
    await blank.goto('/favicon.svg')
    const baselines = [await measure(blank, 2_000, async () => undefined)]
    const runs = [await streamInto(session500, true), await streamInto(session500, true), await streamInto(session500, true)]
    await blank.bringToFront()
    baselines.push(await measure(blank, 2_000, async () => undefined))
    const baseline = { ...baselines[0], p95: Math.max(...baselines.map(({ p95 }) => p95)) } as Frames
    printFrames('an empty page', baseline)
    for (const run of runs) printFrames('500 messages, 200 tokens/s, typing (budgets: p95 18-25, keys 50, busy 350)', run)
    const best = (pick: (frames: Frames) => number) => Math.min(...runs.map(pick))
    // The best of three runs, because other work on the machine adds time.
    expect(best(({ p95 }) => p95)).toBeLessThanOrEqual(Math.max(100, baseline.p95 * 3))
    expect(best(({ keyP95 }) => keyP95)).toBeLessThanOrEqual(250)
    expect(best(({ longTasks }) => longTasks)).toBeLessThanOrEqual(10)
  }, 240_000)

  it('of 500 messages is at most 4 times that of 100', async () => {
    await withSessions()
    const pairs: { few: Frames; many: Frames }[] = []
    for (let run = 0; run < 3; run += 1) pairs.push({ few: await streamInto(session100, false), many: await streamInto(session500, false) })
    const ratios = pairs.map(({ few, many }) => many.busy / few.busy).sort((a, b) => a - b)
    for (const { few, many } of pairs) console.log(`busy ms/s: 100 messages ${few.busy.toFixed(0)}, 500 messages ${many.busy.toFixed(0)}`)
    console.log(`slope ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} (goal 2.5)`)
    expect(ratios[1]).toBeLessThanOrEqual(4)
  }, 240_000)

  it('of opening 500 messages is less than that of mounting them all', async () => {
    await withSessions()
    const open = async (session: string) => {
      const page = await visitor.context.newPage()
      await page.goto('/')
      await page.locator(`a[data-session="${session}"]`).waitFor()
      await pause(300)
      const ms = await page.evaluate(
        (id) =>
          new Promise<number>((resolve) => {
            const startedAt = performance.now()
            new PerformanceObserver((list, observer) => {
              if (list.getEntries().length === 0) return
              observer.disconnect()
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt)))
            }).observe({ type: 'mark' })
            document.querySelector<HTMLElement>(`a[data-session="${id}"]`)?.click()
          }),
        session,
      )
      await page.close()
      return ms
    }
    const times = { few: [] as number[], many: [] as number[] }
    for (let run = 0; run < 3; run += 1) {
      times.few.push(await open(session10))
      times.many.push(await open(session500))
    }
    const [few, many] = [Math.min(...times.few), Math.min(...times.many)]
    console.log(`opening: 10 messages ${few.toFixed(0)} ms, 500 messages ${many.toFixed(0)} ms (budget 150 to 300)`)
    expect(many).toBeLessThanOrEqual(Math.max(1_500, few * 10))
  }, 240_000)

  it('of the first paint and of a usable composer is printed, with a cap far above the budget', async () => {
    const { context } = await fixture.visitor()
    const page = await context.newPage()
    await page.goto('/')
    await composer(page).waitFor()
    const usable = await page.evaluate(() => performance.now())
    await eventually(async () => expect(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length)).toBe(1))
    const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)
    console.log(
      `first contentful paint ${painted.toFixed(0)} ms (budget 200 to 400), composer usable within ${usable.toFixed(0)} ms (budget 400 to 800)`,
    )
    expect(painted).toBeLessThan(2_000)
    expect(usable).toBeLessThan(4_000)
  })
})
