/** Actions and reads on the chat page. */
import type { Locator, Page, Route } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { History } from '../../shared/api/turns.ts'
import type { User } from '../support/user.ts'
import type { Answer, ControlledModel } from './controlled-model.ts'

/** Waits until `check` no longer throws. The timeout allows for a busy machine. */
export const eventually = <T>(check: () => T | Promise<T>, timeout = 15_000): Promise<T> => vi.waitFor(check, { timeout, interval: 40 })
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' })
export const turns = (page: Page): Locator => page.getByRole('article', { name: /^Turn \d+ of \d+$/ })
export const answers = (page: Page): Locator => page.getByTestId('answer-text')
export const thread = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name })

/** Waits until the clipboard's text equals `expected`. A copy ends after its click. */
export const expectCopied = (page: Page, expected: unknown): Promise<void> =>
  eventually(async () => expect(await page.evaluate(() => navigator.clipboard.readText())).toEqual(expected))

/** Answers a request with a refusal of the policy. */
export const refuse = (route: Route): Promise<void> =>
  route.fulfill({
    status: 403,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: '/problems/denied', title: 'Not allowed', status: 403, detail: 'The policy does not allow it.' }),
  })

/** Types a message and presses Enter. */
export async function ask(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** Sends `text`, and returns its answer, which the test writes. `part`: a part of the text that no other message has. */
export async function askAndClaim(model: ControlledModel, page: Page, text: string, part = text): Promise<Answer> {
  const claim = model.claim(part)
  await ask(page, text)
  return claim
}

/** The session id in the page's address. */
export async function sessionOf(page: Page): Promise<string> {
  await page.waitForURL(/\/c\/[^/]+$/)
  return decodeURIComponent(new URL(page.url()).pathname.slice('/c/'.length))
}

/** Text with each run of white space as one space. */
export const oneLine = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim()

export const lastAnswer = async (page: Page): Promise<string> => oneLine(await answers(page).last().textContent())
export const waitForText = (page: Page, part: string): Promise<void> =>
  eventually(async () => expect(oneLine(await thread(page).textContent())).toContain(oneLine(part)))

/** Waits until all `count` turns have ended. */
export const settled = (page: Page, count: number): Promise<void> =>
  eventually(async () => {
    expect(await turns(page).count()).toBe(count)
    expect(await page.locator('article[aria-busy="true"]').count()).toBe(0)
  })

export async function history(api: User, session: string): Promise<History> {
  const response = await api.call('GET', `/v1/sessions/${session}/history`)
  return (await response.json()) as History
}
export const textsBy = async (api: User, session: string, role: 'user' | 'assistant'): Promise<string[]> =>
  (await history(api, session)).turns.flatMap(({ items }) => items.filter((item) => item.role === role).map(({ text }) => text))

/** Creates a session with `count` answered turns of two messages each. */
export async function seed(api: User, count: number, text = (index: number) => `Question ${index + 1} about rivers`): Promise<string> {
  const session = crypto.randomUUID()
  for (let index = 0; index < count; ) {
    const response = await api.call('POST', '/v1/sessions/message', { session_id: session, message: text(index) })
    if (response.ok) index += 1
    // The queue is full.
    else if (response.status === 429 || response.status === 409) await pause(50)
    else throw new Error(`Seeding: ${response.status} ${await response.text()}`)
    await response.body?.cancel()
  }
  await eventually(async () => {
    const summary = (await (await api.call('GET', `/v1/sessions/${session}`)).json()) as { state: string }
    expect(summary.state).toBe('idle')
  }, 60_000)
  return session
}

/** Distance of the scroll position from the thread's end, in pixels. */
export const distanceFromEnd = (page: Page): Promise<number> =>
  thread(page).evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop)
export const scrollTop = (page: Page): Promise<number> => thread(page).evaluate((box) => box.scrollTop)
export const hasFocus = (locator: Locator): Promise<boolean> => locator.evaluate((node) => node === document.activeElement)

/** Drags by touch over `y` pixels, down if positive, and stops before lifting. */
export async function swipe(page: Page, y: number): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  const from = y > 0 ? height / 4 : (height * 2) / 3
  const pointsAt = (step: number) => [{ x: width / 2, y: from + (y * step) / 10 }]
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: pointsAt(0) })
  for (let step = 1; step <= 10; step += 1) {
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: pointsAt(step) })
    await pause(20)
  }
  await pause(150)
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await cdp.detach()
}

/** Reports the page as hidden or visible to its scripts, with the event of a change. */
export const setVisibility = (page: Page, state: 'hidden' | 'visible'): Promise<void> =>
  page.evaluate((state) => {
    Object.defineProperties(document, {
      visibilityState: { get: () => state, configurable: true },
      hidden: { get: () => state === 'hidden', configurable: true },
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
