/** The composer: input methods, Enter, pending and failed messages, drafts. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import {
  ask,
  askAndClaim,
  button,
  composer,
  eventually,
  hasFocus,
  pause,
  refuse,
  sessionOf,
  settled,
  textsBy,
  turns,
  waitForText,
} from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const bubbles = (page: Page) => page.getByTestId('user-message')

describe('The composer', () => {
  it('9. does not send on an Enter that ends a composition, in any browser’s order of events', async () => {
    const { page, api } = await fixture.visitor()
    await composer(page).focus()
    // An input method: Enter ends the composition.
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
    await composer(page).dispatchEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true })
    await cdp.send('Input.imeSetComposition', { text: '日本', selectionStart: 2, selectionEnd: 2 })
    await cdp.send('Input.insertText', { text: '日本' })
    expect(await composer(page).inputValue()).toBe('日本')
    await pause(100)
    const enter = (overrides: Record<string, boolean | number>, timing: 'inside' | 'after-end' | 'outside') =>
      composer(page).evaluate(
        (field, [init, when]) => {
          const press = () => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }))
          if (when === 'outside') return press()
          field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
          if (when === 'inside') press()
          field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '日本' }))
          if (when === 'after-end') press()
        },
        [overrides, timing] as const,
      )
    await enter({ isComposing: true }, 'inside')
    await pause(100)
    await enter({ isComposing: true }, 'outside')
    await enter({ keyCode: 229 }, 'outside')
    // Safari: the composition ends before the key event.
    await enter({}, 'after-end')
    await pause(300)
    expect(page.url()).not.toContain('/c/')
    expect(await bubbles(page).count()).toBe(0)
    expect(await composer(page).inputValue()).toBe('日本')

    await page.keyboard.press('Enter')
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['日本'])
  })

  it('10. sends on Enter and breaks the line on Shift+Enter', async () => {
    const { page, api } = await fixture.visitor()
    await composer(page).pressSequentially('one')
    await page.keyboard.press('Shift+Enter')
    await composer(page).pressSequentially('two')
    expect(await composer(page).inputValue()).toBe('one\ntwo')
    await page.keyboard.press('Enter')
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['one\ntwo'])
    expect(await composer(page).inputValue()).toBe('')
  })

  it('10. breaks the line on Enter on touch screens, where the button sends', async () => {
    const { page, api } = await fixture.visitor(phone)
    await composer(page).tap()
    await composer(page).pressSequentially('one')
    await page.keyboard.press('Enter')
    await composer(page).pressSequentially('two')
    await pause(200)
    expect(await composer(page).inputValue()).toBe('one\ntwo')
    await button(page, 'Send message').tap()
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['one\ntwo'])
    // The on-screen keyboard closes.
    expect(await hasFocus(composer(page))).toBe(false)
  })

  it('12. shows a sent message as pending before the server responds', async () => {
    const { page } = await fixture.visitor()
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/v1/sessions/message', async (route) => {
      await released
      await route.continue()
    })
    await composer(page).fill('Can you hear me?')
    const shownAfterMs = await composer(page).evaluate(
      (field) =>
        new Promise<number>((resolve) => {
          let pressedAt = 0
          field.addEventListener(
            'keydown',
            () => {
              pressedAt = performance.now()
            },
            { capture: true },
          )
          new MutationObserver((_, observer) => {
            if (document.querySelector('[data-testid="user-message"]') === null) return
            observer.disconnect()
            requestAnimationFrame(() => resolve(performance.now() - pressedAt))
          }).observe(document.body, { subtree: true, childList: true })
          field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
        }),
    )
    console.log(`12: own message shown after ${Math.round(shownAfterMs)} ms (budget 100)`)
    expect(shownAfterMs).toBeLessThan(500)
    expect(await bubbles(page).textContent()).toBe('Can you hear me?')
    await page
      .getByRole('article', { name: /not answered yet/ })
      .getByText('Sending…')
      .waitFor()
    expect(await composer(page).inputValue()).toBe('')
    release()
    await settled(page, 1)
    expect(await bubbles(page).count()).toBe(1)
  })

  it('12. keeps the text of a message that failed and offers to send it again', async () => {
    const { page, api } = await fixture.visitor()
    await page.route('**/v1/sessions/message', refuse)
    await ask(page, 'Do not lose me')
    const failed = page.getByRole('alert').filter({ hasText: 'Not sent' })
    await failed.waitFor()
    expect(await bubbles(page).textContent()).toBe('Do not lose me')
    await page.reload()
    await failed.waitFor()
    expect(await bubbles(page).textContent()).toBe('Do not lose me')
    await page.unroute('**/v1/sessions/message')
    await button(page, 'Send again').click()
    await settled(page, 1)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['Do not lose me'])
    expect(await failed.count()).toBe(0)
  })

  it('13. sends one message on two quick presses', async () => {
    const { page, api } = await fixture.visitor()
    await composer(page).fill('Just once')
    await button(page, 'Send message').dblclick()
    await settled(page, 1)
    await composer(page).fill('Once more')
    await composer(page).evaluate((field) => {
      for (let index = 0; index < 3; index += 1)
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    })
    await settled(page, 2)
    await pause(500)
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['Just once', 'Once more'])
    expect(await bubbles(page).allTextContents()).toEqual(['Just once', 'Once more'])
  })

  it('13. repeats a send with the same key after a lost response, so the message is recorded once', async () => {
    const { page, api } = await fixture.visitor()
    const keys: (string | undefined)[] = []
    await page.route('**/v1/sessions/message', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      if (keys.length > 1) return route.continue()
      await route.fetch()
      await route.abort('connectionreset')
    })
    await ask(page, 'Did you get that?')
    await settled(page, 1)
    expect(keys).toHaveLength(2)
    expect(keys[0]).toMatch(/\S{8,}/)
    expect(keys[1]).toBe(keys[0])
    expect(await textsBy(api, await sessionOf(page), 'user')).toEqual(['Did you get that?'])
    expect(await bubbles(page).count()).toBe(1)
  })

  it('14. keeps a draft per conversation over a switch, a reload, a closed tab and a streaming answer', async () => {
    const visitor = await fixture.visitor()
    const { page } = visitor
    const answer = await askAndClaim(fixture.model, page, 'A long answer', 'long answer')
    answer.write('Some words ')
    await waitForText(page, 'Some words')
    const first = page.url()
    await composer(page).pressSequentially('draft of the first')
    answer.write('and some more ')
    await waitForText(page, 'and some more')
    expect(await composer(page).inputValue()).toBe('draft of the first')

    await button(page, 'New chat').click()
    expect(await composer(page).inputValue()).toBe('')
    await composer(page).pressSequentially('draft of the next')
    await page.getByRole('link', { name: 'A long answer' }).click()
    await eventually(async () => expect(await composer(page).inputValue()).toBe('draft of the first'))
    // At once, before the save timer runs.
    await composer(page).pressSequentially('!')
    await page.reload()
    expect(await composer(page).inputValue()).toBe('draft of the first!')
    await composer(page).pressSequentially('?')
    await page.close({ runBeforeUnload: true })
    const second = await visitor.tab(first)
    await eventually(async () => expect(await composer(second).inputValue()).toBe('draft of the first!?'))
    await button(second, 'New chat').click()
    await eventually(async () => expect(await composer(second).inputValue()).toBe('draft of the next'))
    answer.finish()
    await second.goto(first)
    await settled(second, 1)
    await composer(second).press('Enter')
    await settled(second, 2)
    await second.reload()
    await turns(second).last().waitFor()
    expect(await composer(second).inputValue()).toBe('')
  })
})
