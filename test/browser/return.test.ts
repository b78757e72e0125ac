/** What the page keeps while the reader is away: the place in a thread, an edit, unsent messages, and an answer's end. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  ask,
  askAndClaim,
  button,
  composer,
  distanceFromEnd,
  eventually,
  refuse,
  seed,
  sessionOf,
  settled,
  setVisibility,
  textsBy,
  thread,
  turns,
  waitForText,
} from './chat.ts'

const fixture = setUpBrowser()

/** The first turn in view and its distance from the top of the thread. */
const turnInView = (page: Page) =>
  thread(page).evaluate((box) => {
    const { top } = box.getBoundingClientRect()
    const turn = [...box.querySelectorAll('article')].find((node) => node.getBoundingClientRect().bottom > top)
    return { turn: turn?.getAttribute('aria-label') ?? '', offset: Math.round((turn?.getBoundingClientRect().top ?? 0) - top) }
  })

/** Waits until the thread has not moved for 30 frames. The wheel scrolls smoothly. */
const untilScrollEnds = (page: Page) =>
  thread(page).evaluate(
    (box) =>
      new Promise<void>((resolve) => {
        let { scrollTop } = box
        let frames = 0
        const check = () => {
          frames = box.scrollTop === scrollTop ? frames + 1 : 0
          scrollTop = box.scrollTop
          if (frames < 30) requestAnimationFrame(check)
          else resolve()
        }
        check()
      }),
  )

const row = (page: Page, title: string) => page.getByTestId('session-row').getByRole('link', { name: title, exact: true })

describe('A conversation', () => {
  it('keeps the place of the reader over another conversation and a reload, and opens at its end otherwise', async () => {
    const { page, api } = await fixture.visitor()
    const long = await seed(api, 30)
    await seed(api, 1, () => 'Something else')
    await page.goto(`/c/${long}`)
    await settled(page, 30)
    await thread(page).hover()
    await page.mouse.wheel(0, -2_000)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeGreaterThan(500))
    await untilScrollEnds(page)
    const initial = await turnInView(page)
    const expectSamePlace = () =>
      eventually(async () => {
        const current = await turnInView(page)
        expect(current.turn).toBe(initial.turn)
        expect(Math.abs(current.offset - initial.offset)).toBeLessThanOrEqual(3)
      })
    await row(page, 'Something else').click()
    await settled(page, 1)
    await row(page, 'Question 1 about rivers').click()
    await expectSamePlace()
    await page.reload()
    await expectSamePlace()
    // A thread that was left at its end opens at its end.
    await page.getByRole('button', { name: /^Jump to latest/ }).click()
    await row(page, 'Something else').click()
    await settled(page, 1)
    await row(page, 'Question 1 about rivers').click()
    await settled(page, 30)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
  })

  it('14. keeps an edit over a reload, until it is sent or cancelled', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'A question to edit')
    await settled(page, 1)
    const editor = page.getByRole('textbox', { name: 'Edit your message' })
    const openEditor = async () => {
      await turns(page).first().hover()
      await button(page, 'Edit message').click()
    }
    await openEditor()
    await editor.fill('A better question')
    await eventually(async () =>
      expect(
        await page.evaluate(() =>
          Object.entries(localStorage)
            .filter(([key]) => key.includes('.edit.'))
            .join(),
        ),
      ).toContain('A better'),
    )
    await page.reload()
    await editor.waitFor()
    expect(await editor.inputValue()).toBe('A better question')
    await button(page, 'Cancel').click()
    await page.reload()
    await settled(page, 1)
    expect(await editor.count()).toBe(0)
    await openEditor()
    expect(await editor.inputValue()).toBe('A question to edit')
  })

  it('marks the title of a hidden tab when the answer ends', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'A long wait')
    answer.write('Some words ')
    await waitForText(page, 'Some words')
    await setVisibility(page, 'hidden')
    answer.finish()
    await eventually(async () => expect(await page.title()).toBe('(1) A long wait · Soma'), 60_000)
    await setVisibility(page, 'visible')
    await eventually(async () => expect(await page.title()).toBe('A long wait · Soma'))
  })

  it('6. says that an answer is empty, and asks again', async () => {
    const { page } = await fixture.visitor()
    // The server repeats the model call by itself first.
    const finishEveryClaim = async () => {
      for (;;) (await fixture.model.claim('Say nothing')).finish()
    }
    void finishEveryClaim()
    await ask(page, 'Say nothing')
    const errorCard = page.getByTestId('turn-error').filter({ hasText: 'The model returned an empty answer.' })
    await errorCard.waitFor({ timeout: 60_000 })
    expect(await violationsInBothThemes(page)).toEqual([])
    await errorCard.getByRole('button', { name: 'Try again' }).click()
    await eventually(async () => expect(await turns(page).count()).toBe(2))
  })
})

describe('A message', () => {
  it('that is sent while the server is down waits, and is sent by itself when the server is back', async () => {
    const { page, api } = await fixture.visitor()
    await ask(page, 'While it is up')
    await settled(page, 1)
    const session = await sessionOf(page)
    fixture.proxy.down()
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor()
    for (const text of ['first while down', 'second while down']) await ask(page, text)
    await eventually(async () => expect(await page.getByText(/Waiting for the connection/).count()).toBe(2))
    expect(await page.getByText('Not sent').count()).toBe(0)
    fixture.proxy.up()
    await eventually(async () => expect(await turns(page).count()).toBe(3), 60_000)
    await settled(page, 3)
    expect(await textsBy(api, session, 'user')).toEqual(['While it is up', 'first while down', 'second while down'])
  })

  it('that begins a conversation while the server is down waits as well', async () => {
    const { page, api } = await fixture.visitor()
    await page.getByTestId('empty-state').waitFor()
    fixture.proxy.down()
    await ask(page, 'The very first one')
    await page.getByText(/Waiting for the connection/).waitFor()
    fixture.proxy.up()
    await eventually(async () => expect(await turns(page).count()).toBe(1), 60_000)
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['The very first one'])
  })

  it('that the server refuses makes no conversation in the list', async () => {
    const { page } = await fixture.visitor()
    await page.getByText('No conversations yet.').waitFor()
    await page.route('**/v1/sessions/message', refuse)
    await ask(page, 'This is refused')
    await page.getByRole('alert').filter({ hasText: 'Not sent' }).waitFor()
    await eventually(async () => expect(await page.getByTestId('session-row').count()).toBe(0))
    // A page of a conversation that is not in the list does not add it.
    await page.goto('/c/of-another-user')
    await page.unroute('**/v1/sessions/message')
    await composer(page).waitFor({ state: 'detached' })
    expect(await page.getByTestId('session-row').count()).toBe(0)
  })
})
