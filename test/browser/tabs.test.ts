/** Several tabs of one browser show one conversation, and each can send. */
import { describe, expect, it } from 'vitest'
import { fakeText, fakeWord } from '../support/words.ts'
import { ask, askAndTake, lastAnswer, plain, sessionOf, settled, shows, textsBy, turns } from './chat.ts'
import { setStage } from './stage.ts'

const stage = setStage()

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => fakeWord(from + index))

describe('Several tabs', () => {
  it('3. show the same stream and each other’s messages', async () => {
    const { page, api, tab } = await stage.visitor()
    const answer = await askAndTake(stage.model, page, 'A shared answer', 'shared')
    answer.say(fakeText(20))
    await shows(page, fakeText(20))
    const second = await tab(new URL(page.url()).pathname)
    // Also the text from before it was opened, which no log holds yet.
    await shows(second, fakeText(20))

    // From here both record when they first saw a word; they share a clock.
    for (const each of [page, second])
      await each.evaluate(() => {
        const times: Record<string, number> = {}
        const look = () => {
          for (const [word] of (document.querySelector('[data-testid="answer-text"]')?.textContent ?? '').matchAll(/word\d+(?= )/g))
            times[word] ??= Date.now()
        }
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
        Object.assign(window, { times })
      })
    await answer.stream(words(20, 120), 50)
    answer.finish()
    await settled(page, 1)
    await settled(second, 1)
    const [here = {}, there = {}] = await Promise.all(
      [page, second].map((each) => each.evaluate(() => (window as unknown as { times: Record<string, number> }).times)),
    )
    const late = Object.keys(here)
      .filter((word) => Number(word.slice(4)) >= 20 && Number(word.slice(4)) < 118)
      .map((word) => Math.abs((there[word] ?? Number.POSITIVE_INFINITY) - (here[word] ?? 0)))
      .sort((a, b) => a - b)
    console.log(
      `3: words reach the second tab ${late[Math.floor(late.length / 2)]} ms later (median), ${late.at(-1)} ms at most (budget 500)`,
    )
    expect(late.length).toBeGreaterThan(50)
    expect(late.at(-1)).toBeLessThan(2_500)
    expect(await lastAnswer(second)).toBe(plain(fakeText(120)))
    expect(await lastAnswer(page)).toBe(plain(fakeText(120)))

    await ask(second, 'From the second tab')
    await settled(page, 2)
    await shows(page, 'From the second tab')
    await settled(second, 2)
    expect(await page.getByTestId('user-message').allTextContents()).toEqual(['A shared answer', 'From the second tab'])
    expect(await second.getByTestId('user-message').allTextContents()).toEqual(['A shared answer', 'From the second tab'])
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['A shared answer', 'From the second tab'])
  })

  it('3. continue without a gap when the leading tab closes', async () => {
    const { page, tab } = await stage.visitor()
    const answer = await askAndTake(stage.model, page, 'An outlived tab', 'outlived')
    answer.say(fakeText(20))
    await shows(page, fakeText(20))
    const second = await tab(new URL(page.url()).pathname)
    await shows(second, fakeText(20))
    answer.say(words(20, 30).join(''))
    await page.close()
    answer.say(words(30, 40).join(''))
    await shows(second, fakeText(40))
    answer.finish()
    await settled(second, 1)
    expect(await lastAnswer(second)).toBe(plain(fakeText(40)))
  })

  it('work at once, eight with one conversation', async () => {
    const { page, api, tab } = await stage.visitor()
    const answer = await askAndTake(stage.model, page, 'An answer for eight', 'eight')
    answer.say(fakeText(10))
    await shows(page, fakeText(10))
    const path = new URL(page.url()).pathname
    const tabs = [page]
    for (let more = 1; more < 8; more += 1) tabs.push(await tab(path))
    for (const each of tabs) await shows(each, fakeText(10))
    answer.say(words(10, 60).join(''))
    for (const each of tabs) await shows(each, fakeText(60))
    // HTTP/1.1 gives a browser six connections to a host. The last tab can still send, and all tabs show it.
    answer.finish()
    await Promise.all(tabs.map((each) => settled(each, 1)))
    const eighth = tabs.at(-1) ?? page
    await ask(eighth, 'The eighth speaks')
    await Promise.all(tabs.map((each) => settled(each, 2)))
    const recorded = await textsBy(api, await sessionOf(page), 'assistant')
    for (const each of tabs) {
      expect(await turns(each).count()).toBe(2)
      expect(plain(await each.getByTestId('answer-text').first().textContent())).toBe(plain(recorded[0] ?? ''))
      expect(await each.getByTestId('user-message').allTextContents()).toEqual(['An answer for eight', 'The eighth speaks'])
    }
  })

  it('complete their answers, eight with eight conversations, and can send', async () => {
    const { page, tab } = await stage.visitor()
    const tabs = [page]
    for (let more = 1; more < 8; more += 1) tabs.push(await tab('/'))
    const conversations = []
    for (const [index, each] of tabs.entries()) {
      const taking = stage.model.take(`talk ${index} of eight`)
      await ask(each, `This is talk ${index} of eight`)
      conversations.push(await taking)
    }
    for (const [index, answer] of conversations.entries()) {
      answer.say(`Here is answer ${index}.`)
      answer.finish()
    }
    for (const [index, each] of tabs.entries()) {
      await settled(each, 1)
      expect(await lastAnswer(each)).toBe(`Here is answer ${index}.`)
    }
    for (const each of tabs) await ask(each, 'And once more')
    for (const each of tabs) await settled(each, 2)
  })

  it('stream in the visible tab, with any number of hidden tabs', async () => {
    const { page, tab } = await stage.visitor()
    const hide = async (hidden: typeof page) => {
      await hidden.evaluate(() => {
        Object.defineProperties(document, { visibilityState: { get: () => 'hidden' }, hidden: { get: () => true } })
        document.dispatchEvent(new Event('visibilitychange'))
      })
    }
    for (let behind = 0; behind < 7; behind += 1) {
      const each = behind === 0 ? page : await tab('/')
      await ask(each, `In the background ${behind}`)
      await settled(each, 1)
      await hide(each)
    }
    const front = await tab('/')
    const answering = stage.model.take('in front')
    await ask(front, 'This one is in front')
    const answer = await answering
    answer.say('Words as they come')
    await shows(front, 'Words as they come')
    expect(await turns(front).last().getAttribute('aria-busy')).toBe('true')
    answer.finish()
    await settled(front, 1)
  })
})
