/** Several tabs of one browser show one conversation, and each can send. */
import { describe, expect, it } from 'vitest'
import { fakeText, fakeWord } from '../support/words.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  ask,
  askAndClaim,
  eventually,
  lastAnswer,
  oneLine,
  sessionOf,
  settled,
  setVisibility,
  textsBy,
  turns,
  waitForText,
} from './chat.ts'

const fixture = setUpBrowser()

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => fakeWord(from + index))

describe('Several tabs', () => {
  it('3. show the same stream and each other’s messages', async () => {
    const { page, api, tab } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'A shared answer', 'shared')
    answer.write(fakeText(20))
    await waitForText(page, fakeText(20))
    const second = await tab(new URL(page.url()).pathname)
    // The second tab also shows the text from before it was opened. No log contains that text yet.
    await waitForText(second, fakeText(20))

    // Both tabs record when they first show a word. They share a clock.
    for (const tabPage of [page, second])
      await tabPage.evaluate(() => {
        const times: Record<string, number> = {}
        const recordWords = () => {
          for (const [word] of (document.querySelector('[data-testid="answer-text"]')?.textContent ?? '').matchAll(/word\d+(?= )/g))
            times[word] ??= Date.now()
        }
        new MutationObserver(recordWords).observe(document.body, { subtree: true, childList: true, characterData: true })
        Object.assign(window, { times })
      })
    await answer.stream(words(20, 120), 50)
    answer.finish()
    await settled(page, 1)
    await settled(second, 1)
    const [firstTimes = {}, secondTimes = {}] = await Promise.all(
      [page, second].map((tabPage) => tabPage.evaluate(() => (window as unknown as { times: Record<string, number> }).times)),
    )
    const delays = Object.keys(firstTimes)
      .filter((word) => Number(word.slice(4)) >= 20 && Number(word.slice(4)) < 118)
      .map((word) => Math.abs((secondTimes[word] ?? Number.POSITIVE_INFINITY) - (firstTimes[word] ?? 0)))
      .sort((a, b) => a - b)
    console.log(
      `3: words reach the second tab ${delays[Math.floor(delays.length / 2)]} ms later (median), ${delays.at(-1)} ms at most (budget 500)`,
    )
    expect(delays.length).toBeGreaterThan(50)
    expect(delays.at(-1)).toBeLessThan(2_500)
    expect(await lastAnswer(second)).toBe(oneLine(fakeText(120)))
    expect(await lastAnswer(page)).toBe(oneLine(fakeText(120)))

    await ask(second, 'From the second tab')
    await settled(page, 2)
    await waitForText(page, 'From the second tab')
    await settled(second, 2)
    expect(await page.getByTestId('user-message').allTextContents()).toEqual(['A shared answer', 'From the second tab'])
    expect(await second.getByTestId('user-message').allTextContents()).toEqual(['A shared answer', 'From the second tab'])
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['A shared answer', 'From the second tab'])
  })

  it('3. continue without a gap when the leading tab closes', async () => {
    const { page, tab } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'An outlived tab', 'outlived')
    answer.write(fakeText(20))
    await waitForText(page, fakeText(20))
    const second = await tab(new URL(page.url()).pathname)
    await waitForText(second, fakeText(20))
    answer.write(words(20, 30).join(''))
    await page.close()
    answer.write(words(30, 40).join(''))
    await waitForText(second, fakeText(40))
    answer.finish()
    await settled(second, 1)
    expect(await lastAnswer(second)).toBe(oneLine(fakeText(40)))
  })

  it('4. lose nothing when one with an old state sends after newer turns: its message becomes a branch', async () => {
    const { page, api } = await fixture.visitor({ subject: 'owner-of-a-stale-tab' })
    await ask(page, 'The first message')
    await settled(page, 1)
    const session = await sessionOf(page)
    const other = await fixture.visitor({ subject: 'owner-of-a-stale-tab', path: `/c/${session}` })
    await settled(other.page, 1)
    // The tab can still send, but receives no events.
    const eventRequests = /\/events(\?|$)/
    await page.route(eventRequests, (route) => route.abort('connectionreset'))
    fixture.proxy.cut()
    await ask(other.page, 'A newer message')
    await settled(other.page, 2)
    expect(await page.getByTestId('user-message').allTextContents()).toEqual(['The first message'])
    await ask(page, 'From the stale tab')
    await eventually(async () => expect(await textsBy(api, session, 'user')).toContain('From the stale tab'))
    await page.unroute(eventRequests)
    await page.reload()
    await settled(page, 2)
    expect(await page.getByTestId('user-message').allTextContents()).toEqual(['The first message', 'From the stale tab'])
    await page.getByTestId('message-versions').getByTestId('version-previous').click()
    await eventually(async () =>
      expect(await page.getByTestId('user-message').allTextContents()).toEqual(['The first message', 'A newer message']),
    )
    expect(await lastAnswer(page)).toContain('A newer message')
  })

  it('work concurrently, eight with one conversation', async () => {
    const { page, api, tab } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'An answer for eight', 'eight')
    answer.write(fakeText(10))
    await waitForText(page, fakeText(10))
    const path = new URL(page.url()).pathname
    const tabs = [page]
    for (let opened = 1; opened < 8; opened += 1) tabs.push(await tab(path))
    for (const tabPage of tabs) await waitForText(tabPage, fakeText(10))
    answer.write(words(10, 60).join(''))
    for (const tabPage of tabs) await waitForText(tabPage, fakeText(60))
    // HTTP/1.1 gives a browser six connections to a host. The last tab can still send, and all tabs show it.
    answer.finish()
    await Promise.all(tabs.map((tabPage) => settled(tabPage, 1)))
    const lastTab = tabs.at(-1) ?? page
    await ask(lastTab, 'The eighth speaks')
    await Promise.all(tabs.map((tabPage) => settled(tabPage, 2)))
    const recorded = await textsBy(api, await sessionOf(page), 'assistant')
    for (const tabPage of tabs) {
      expect(await turns(tabPage).count()).toBe(2)
      expect(oneLine(await tabPage.getByTestId('answer-text').first().textContent())).toBe(oneLine(recorded[0] ?? ''))
      expect(await tabPage.getByTestId('user-message').allTextContents()).toEqual(['An answer for eight', 'The eighth speaks'])
    }
  })

  it('complete their answers, eight with eight conversations, and can send', async () => {
    const { page, tab } = await fixture.visitor()
    const tabs = [page]
    for (let opened = 1; opened < 8; opened += 1) tabs.push(await tab('/'))
    const conversations = []
    for (const [index, tabPage] of tabs.entries()) {
      const claim = fixture.model.claim(`talk ${index} of eight`)
      await ask(tabPage, `This is talk ${index} of eight`)
      conversations.push(await claim)
    }
    for (const [index, answer] of conversations.entries()) {
      answer.write(`Here is answer ${index}.`)
      answer.finish()
    }
    for (const [index, tabPage] of tabs.entries()) {
      await settled(tabPage, 1)
      expect(await lastAnswer(tabPage)).toBe(`Here is answer ${index}.`)
    }
    for (const tabPage of tabs) await ask(tabPage, 'And once more')
    for (const tabPage of tabs) await settled(tabPage, 2)
  })

  it('stream in the visible tab, with any number of hidden tabs', async () => {
    const { page, tab } = await fixture.visitor()
    for (let index = 0; index < 7; index += 1) {
      const tabPage = index === 0 ? page : await tab('/')
      await ask(tabPage, `In the background ${index}`)
      await settled(tabPage, 1)
      await setVisibility(tabPage, 'hidden')
    }
    const frontTab = await tab('/')
    const claim = fixture.model.claim('in front')
    await ask(frontTab, 'This one is in front')
    const answer = await claim
    answer.write('Words as they come')
    await waitForText(frontTab, 'Words as they come')
    expect(await turns(frontTab).last().getAttribute('aria-busy')).toBe('true')
    answer.finish()
    await settled(frontTab, 1)
  })
})
