/** A hidden and frozen page on a phone: after a broken connection it shows the complete thread again. */
import type { CDPSession, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fakeText } from '../support/words.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  answers,
  button,
  composer,
  eventually,
  oneLine,
  pause,
  sessionOf,
  settled,
  setVisibility,
  textsBy,
  turns,
  waitForText,
} from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

/** Longer than the heartbeat timeout and several reconnects, in ms. */
const hiddenMs = 60_000

/** Freezes the page: no timers, no events, no network. */
const setLifecycle = (session: CDPSession, state: 'frozen' | 'active') => session.send('Page.setWebLifecycleState', { state })

/** Every answer is shown once and completely. */
const showsExactly = (page: Page, texts: readonly string[]) =>
  eventually(async () => expect((await answers(page).allTextContents()).map(oneLine)).toEqual(texts.map(oneLine)))

describe('A phone-sized page that was hidden for a minute', () => {
  it('shows the complete thread again, frozen or not, and the composer works', async () => {
    const { page: frozen, context, api } = await fixture.visitor({ ...phone })
    const firstClaim = fixture.model.claim('the first')
    await composer(frozen).fill('Tell me the first story')
    await button(frozen, 'Send message').tap()
    const session = await sessionOf(frozen)
    const running = await context.newPage()
    await running.goto(`/c/${session}`)
    const text = fakeText(400)
    const words = text.match(/\S+\s*/g) ?? []
    const firstAnswer = await firstClaim
    firstAnswer.write(words.slice(0, 50).join(''))
    for (const page of [frozen, running]) {
      await waitForText(page, words.slice(0, 50).join(''))
      expect(page.viewportSize()).toEqual(phone.viewport)
      await setVisibility(page, 'hidden')
    }
    const cdp = await context.newCDPSession(frozen)
    await setLifecycle(cdp, 'frozen')
    const startedAt = Date.now()

    // While hidden: text, a broken connection, more text and the end; then half of a second answer.
    await firstAnswer.stream(words.slice(50, 100), 20)
    fixture.proxy.down()
    await firstAnswer.stream(words.slice(100), 50)
    firstAnswer.finish()
    await pause(25_000)
    fixture.proxy.up()
    await eventually(async () => expect(await textsBy(api, session, 'assistant')).toEqual([text]))
    const secondClaim = fixture.model.claim('the second')
    await api.send('And the second', { session_id: session })
    const secondAnswer = await secondClaim
    await secondAnswer.stream(words.slice(0, 60), 20)
    fixture.proxy.cut()
    await pause(Math.max(0, startedAt + hiddenMs - Date.now()))
    expect(await textsBy(api, session, 'assistant')).toEqual([text])

    await setLifecycle(cdp, 'active')
    for (const page of [frozen, running]) {
      await setVisibility(page, 'visible')
      await showsExactly(page, [text, words.slice(0, 60).join('')])
      expect(await turns(page).count()).toBe(2)
    }
    // The stream continues.
    secondAnswer.write(words.slice(60, 70).join(''))
    for (const page of [frozen, running]) await showsExactly(page, [text, words.slice(0, 70).join('')])
    secondAnswer.finish()
    for (const page of [frozen, running]) {
      await settled(page, 2)
      await showsExactly(page, await textsBy(api, session, 'assistant'))
      expect(await composer(page).isEditable()).toBe(true)
    }
    await composer(frozen).fill('What about the third?')
    await button(frozen, 'Send message').tap()
    for (const page of [frozen, running]) {
      await settled(page, 3)
      await showsExactly(page, [text, words.slice(0, 70).join(''), 'You asked about What about the third?. That is all there is to say.'])
    }
    expect(await textsBy(api, session, 'user')).toEqual(['Tell me the first story', 'And the second', 'What about the third?'])
  }, 180_000)
})
