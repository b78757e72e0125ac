/** Measures one page of the web app in Chromium. All selectors are those that every release since 5be66a6 has. */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import type { ControlledModel } from '../../test/browser/controlled-model.ts'
import { fakeWord } from '../../test/support/words.ts'
import { quantile } from '../statistics.ts'

/** Measured values by name. Milliseconds, except for counts. */
export type Values = Readonly<Record<string, number>>

/** One release of the web app. */
export interface Site {
  readonly url: string
  readonly model: ControlledModel
  /** Cookies of a signed-in user. */
  readonly state: Awaited<ReturnType<BrowserContext['storageState']>>
  /** A session of this user with 250 turns. */
  readonly session: string
}

/** Length of one stream of tokens. Seconds. */
const streamSeconds = 4
const tokensPerSecond = 200
/** The Event Timing API reports durations from here on. Milliseconds. */
const leastEventMs = 16
/** A page that is blocked longer than this is given up. Milliseconds. */
export const blockedMs = 45_000

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Opens a page in a new context, with an empty cache. `slowdown`: the factor by which the CPU is slower. */
async function open(browser: Browser, { url, state }: Site, slowdown: number): Promise<{ page: Page; cdp: CDPSession }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    baseURL: url,
    storageState: state,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  return { page, cdp }
}

/** The first load: until the first content is painted, and until the composer has the focus. */
export async function measureLoad(browser: Browser, site: Site, slowdown: number): Promise<Values> {
  const { page } = await open(browser, site, slowdown)
  await page.addInitScript(() => {
    const look = () => {
      if (document.activeElement?.matches('textarea')) Object.assign(window, { usableAt: performance.now() })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await page.goto('/')
  await page.waitForFunction(() => 'usableAt' in window && performance.getEntriesByName('first-contentful-paint').length > 0)
  const values = await page.evaluate(() => ({
    'first content painted': performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    'composer usable': (window as unknown as { usableAt: number }).usableAt,
  }))
  await page.context().close()
  return values
}

/** From a click in the list to the first frame with the last turn of 500 messages. */
export async function measureOpen(browser: Browser, site: Site, slowdown: number): Promise<Values> {
  const { page } = await open(browser, site, slowdown)
  await page.goto('/')
  await page.locator(`a[data-session="${site.session}"]`).waitFor()
  await pause(500)
  const ms = await page.evaluate(
    (session) =>
      new Promise<number>((resolve) => {
        const startedAt = performance.now()
        const look = () => {
          const { port1, port2 } = new MessageChannel()
          // After this frame was painted.
          port1.onmessage = () => {
            if (document.querySelector('article [data-testid="answer-text"]')?.textContent) resolve(performance.now() - startedAt)
            else requestAnimationFrame(look)
          }
          port2.postMessage(null)
        }
        requestAnimationFrame(look)
        document.querySelector<HTMLElement>(`a[data-session="${session}"]`)?.click()
      }),
    site.session,
  )
  await page.context().close()
  return { 'open 500 messages': ms }
}

let streams = 0

/** Frames and keys while an answer streams into 500 messages and the user types. */
export async function measureStream(browser: Browser, site: Site, slowdown: number): Promise<Values> {
  const { page } = await open(browser, site, slowdown)
  await page.goto(`/c/${site.session}`)
  const composer = page.getByRole('textbox', { name: 'Message' })
  await page.locator('article').nth(49).waitFor({ state: 'attached' })
  await pause(500)
  streams += 1
  const claim = site.model.claim(`stream ${streams}.`)
  await composer.fill(`This is stream ${streams}.`)
  await composer.press('Enter')
  const answer = await claim
  answer.write('It begins. ')
  await page.getByTestId('answer-text').filter({ hasText: 'It begins.' }).last().waitFor()
  await page.evaluate((leastMs) => {
    const probe = { frames: [] as number[], longTasks: 0, keys: [] as number[] }
    Object.assign(window, { probe })
    new PerformanceObserver((list) => {
      probe.longTasks += list.getEntries().length
    }).observe({ type: 'longtask' })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') probe.keys.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: leastMs } as PerformanceObserverInit)
    let last = performance.now()
    const tick = (now: number) => {
      probe.frames.push(now - last)
      last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  }, leastEventMs)
  const tokens = Array.from({ length: streamSeconds * tokensPerSecond }, (_, index) => (index % 40 === 39 ? '\n\n' : fakeWord(index)))
  const typed = 'typing while an answer streams'
  await Promise.all([answer.stream(tokens, tokensPerSecond), composer.pressSequentially(typed, { delay: 100 })])
  await pause(200)
  const { frames, longTasks, keys } = await page.evaluate(
    () => (window as unknown as { probe: { frames: number[]; longTasks: number; keys: number[] } }).probe,
  )
  answer.finish()
  await page.context().close()
  // A key that is not reported was faster.
  const allKeys = [...keys, ...Array.from({ length: Math.max(0, typed.length - keys.length) }, () => leastEventMs)]
  return {
    'frame p50': quantile(frames, 0.5),
    'frame p95': quantile(frames, 0.95),
    'frame p99': quantile(frames, 0.99),
    'long tasks': longTasks,
    'key p95': quantile(allKeys, 0.95),
    'worst key': Math.max(...allKeys),
  }
}

/** The longest task of pasting 1 MB. In a browser of its own, because a blocked page cannot be closed. */
export async function measurePaste(launch: () => Promise<Browser>, site: Site, slowdown: number): Promise<Values> {
  const browser = await launch()
  const { page } = await open(browser, site, slowdown)
  await page.goto('/')
  await page.getByRole('textbox', { name: 'Message' }).focus()
  await page.evaluate(async () => {
    const probe = { longest: 0 }
    Object.assign(window, { probe })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) probe.longest = Math.max(probe.longest, duration)
    }).observe({ type: 'longtask' })
    await navigator.clipboard.writeText('word '.repeat(200_000))
  })
  const paste = async () => {
    await page.keyboard.press('Control+v')
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_000)))
    return page.evaluate(() => (window as unknown as { probe: { longest: number } }).probe.longest)
  }
  const pasted = paste()
  // It may fail after the browser is closed.
  pasted.catch(() => undefined)
  const longest = await Promise.race([pasted, pause(blockedMs).then(() => blockedMs)])
  await browser.close()
  return { 'longest task of a 1 MB paste': longest }
}
