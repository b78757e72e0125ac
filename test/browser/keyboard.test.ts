/** Focus management, Escape and keyboard shortcuts. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import {
  answers,
  ask,
  askAndClaim,
  button,
  composer,
  eventually,
  hasFocus,
  lastAnswer,
  pause,
  settled,
  thread,
  turns,
  waitForText,
} from './chat.ts'

const fixture = setUpBrowser()

describe('The focus', () => {
  it('34. stays in the composer after a send, also in a new chat', async () => {
    const { page } = await fixture.visitor()
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))
    await page.keyboard.type('The first message')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/c\//)
    expect(await hasFocus(composer(page))).toBe(true)
    await page.keyboard.type('The second')
    await settled(page, 1)
    expect(await composer(page).inputValue()).toBe('The second')
    await button(page, 'Send message').click()
    await settled(page, 2)
    expect(await hasFocus(composer(page))).toBe(true)
    // An emptied conversation is ready for its next message.
    await button(page, 'Options for this conversation').click()
    await page.getByRole('menuitem', { name: 'Clear context' }).click()
    const divider = page.getByTestId('cleared')
    await divider.waitFor()
    expect(await turns(page).count()).toBe(2)
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))
    await page.getByTestId('undo-clear').click()
    await eventually(async () => expect(await divider.count()).toBe(0))
    await button(page, 'Options for this conversation').click()
    await page.getByRole('menuitem', { name: 'Clear context' }).click()
    await divider.waitFor()
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))
    // The divider stays above the next message.
    await page.keyboard.type('What do you see?')
    await page.keyboard.press('Enter')
    await settled(page, 3)
    expect(await divider.count()).toBe(1)
    expect(await divider.evaluate((node) => node.nextElementSibling?.textContent)).toContain('What do you see?')
  })

  it('34. returns to the opener when a dialog closes', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'A conversation')
    await settled(page, 1)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Search and commands' }).waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))

    const search = button(page, /^Search/)
    await search.click()
    await page.getByRole('dialog', { name: 'Search and commands' }).waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await hasFocus(search)).toBe(true))

    const options = button(page, 'Options for this conversation')
    await options.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Share…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Share this conversation' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await dialog.count()).toBe(0))
    await eventually(async () => expect(await hasFocus(options)).toBe(true))
  })

  it('34. stays inside an open dialog', async () => {
    const { page } = await fixture.visitor()
    await page.getByRole('heading', { level: 1 }).focus()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keyboard' })
    await dialog.waitFor()
    for (let tabs = 0; tabs < 6; tabs += 1) {
      await page.keyboard.press('Tab')
      expect(await dialog.evaluate((node) => node.contains(document.activeElement))).toBe(true)
    }
  })

  it('34. moves to the heading on a page change, and never to a toast', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await ask(page, 'The one conversation')
    await settled(page, 1)
    await button(page, 'New chat').click()
    await ask(page, 'The other conversation')
    await settled(page, 1)
    await page.getByRole('link', { name: 'The one conversation' }).click()
    await waitForText(page, 'The one conversation')
    await eventually(async () => expect(await hasFocus(page.getByRole('heading', { level: 1, name: 'The one conversation' }))).toBe(true))

    const options = button(page, 'Options for this conversation')
    await options.click()
    await page.getByRole('menuitem', { name: 'Copy link' }).click()
    const toast = page.getByRole('status').filter({ hasText: 'Link copied' })
    await toast.waitFor()
    expect(await toast.evaluate((node) => node.contains(document.activeElement))).toBe(false)
    await eventually(async () => expect(await hasFocus(options)).toBe(true))
  })

  it('34. goes from the list through the thread to the composer, or directly there by the skip link', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'A conversation to walk through')
    await settled(page, 1)
    await page.reload()
    await settled(page, 1)
    const order: string[] = []
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.evaluate(() => getSelection()?.removeAllRanges())
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Tab')
      const region = await page.evaluate(() => {
        const node = document.activeElement
        if (node === null || node === document.body) return ''
        if (node.matches('.skip, a[href^="#"]')) return 'skip'
        if (node.closest('nav, aside')) return 'list'
        if (node.matches('textarea')) return 'composer'
        return node.closest('section') ? 'thread' : ''
      })
      if (region !== '' && region !== order.at(-1)) order.push(region)
      if (region === 'composer') break
    }
    expect(order).toEqual(['skip', 'list', 'thread', 'composer'])
    await page.getByRole('link', { name: 'Skip to the message box' }).focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await hasFocus(composer(page))).toBe(true))
  })
})

describe('Keys', () => {
  it('37. Escape closes an overlay, cancels an edit, and stops the answer from thread or composer', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'How to escape', 'escape')
    answer.write('Some words ')
    await waitForText(page, 'Some words')
    const running = async () => {
      await pause(400)
      return (await turns(page).last().getAttribute('aria-busy')) === 'true' && !answer.aborted()
    }
    await button(page, 'Options for this conversation').click()
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await page.getByRole('menu').count()).toBe(0))
    expect(await running()).toBe(true)

    await composer(page).focus()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(0))
    expect(await running()).toBe(true)

    await button(page, /^Options for How to escape/).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    const field = page.getByRole('textbox', { name: 'Title of the conversation' })
    await field.fill('Something else')
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await field.count()).toBe(0))
    expect(await page.getByRole('link', { name: 'How to escape' }).count()).toBe(1)
    expect(await running()).toBe(true)

    await turns(page).first().hover()
    await button(page, 'Edit message').click()
    const edit = page.getByRole('textbox', { name: 'Edit your message' })
    await edit.fill('Something else')
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await edit.count()).toBe(0))
    expect(await running()).toBe(true)

    await button(page, 'New chat').focus()
    await page.keyboard.press('Escape')
    expect(await running()).toBe(true)

    await composer(page).focus()
    await page.keyboard.press('Escape')
    await turns(page).last().getByText('Stopped', { exact: true }).waitFor()
    await eventually(() => expect(answer.aborted()).toBe(true))

    const second = fixture.model.claim('another way out')
    await ask(page, 'Is there another way out?')
    ;(await second).write('Some more words ')
    await waitForText(page, 'Some more words')
    await thread(page).focus()
    await page.keyboard.press('Escape')
    await settled(page, 2)
    await turns(page).last().getByText('Stopped', { exact: true }).waitFor()
  })

  it('37. Ctrl-K searches, "/" focuses the composer, "?" lists the keys; single keys can be switched off', async () => {
    const { page } = await fixture.visitor()
    await ask(page, 'A conversation about otters')
    await settled(page, 1)
    await button(page, 'New chat').click()
    await composer(page).fill('')
    await composer(page).pressSequentially('and/or?')
    expect(await composer(page).inputValue()).toBe('and/or?')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await composer(page).fill('')

    const heading = page.getByRole('heading', { level: 1 })
    await heading.focus()
    await page.keyboard.press('/')
    expect(await hasFocus(composer(page))).toBe(true)
    expect(await composer(page).inputValue()).toBe('')
    await heading.focus()
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keyboard' })
    await keys.waitFor()
    for (const name of ['Send the message', 'Stop the answer', 'Search and commands']) expect(await keys.getByText(name).count()).toBe(1)
    await keys.getByRole('checkbox', { name: /^Single-key shortcuts/ }).uncheck()
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await keys.count()).toBe(0))
    await heading.focus()
    await page.keyboard.press('/')
    await page.keyboard.press('?')
    await pause(300)
    expect(await keys.count()).toBe(0)
    expect(await hasFocus(heading)).toBe(true)

    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /^Search/ }).fill('otters')
    await page.getByRole('option', { name: 'A conversation about otters' }).waitFor()
    await page.keyboard.press('Enter')
    await waitForText(page, 'A conversation about otters')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Control+k')
    await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(0))
  })

  it('37. Alt and the arrow keys move between turns', async () => {
    const { page } = await fixture.visitor()
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      await ask(page, text)
      await settled(page, index + 1)
    }
    await page.keyboard.press('Alt+ArrowUp')
    expect(await hasFocus(turns(page).nth(2))).toBe(true)
    await page.keyboard.press('Alt+ArrowUp')
    expect(await hasFocus(turns(page).nth(1))).toBe(true)
    await page.keyboard.press('Alt+ArrowDown')
    expect(await hasFocus(turns(page).nth(2))).toBe(true)
  })
})

describe('A menu', () => {
  it('moves the focus within the event of a key, so that quick keys reach the right item', async () => {
    const { page } = await fixture.visitor()
    await page.getByTestId('account').click()
    const menu = page.getByTestId('account-menu')
    await menu.waitFor()
    const names = await menu.locator('[role^=menuitem]').allTextContents()
    const focusAfter = (...keys: string[]) =>
      page.evaluate((pressed) => {
        for (const key of pressed)
          document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
        return document.activeElement?.textContent?.trim()
      }, keys)
    expect(await focusAfter('Home', 'ArrowDown')).toBe(names[1]?.trim())
    const last = names.at(-1)?.trim() ?? ''
    expect(await focusAfter('Home', ...last.slice(0, 4))).toBe(last)
  })
})

describe('The versions', () => {
  const shown = (page: Page) => page.getByTestId('user-message').allTextContents()

  it('27. of an edited message are branches: the picker works by keyboard, and a reload and a link keep the choice', async () => {
    const { page } = await fixture.visitor()
    for (const [index, text] of ['Where do rivers begin?', 'And where do they end?'].entries()) {
      await ask(page, text)
      await settled(page, index + 1)
    }
    const edit = async (text: string) => {
      await turns(page).first().hover()
      await button(page, 'Edit message').first().click()
      await page.getByRole('textbox', { name: 'Edit your message' }).fill(text)
      await page.keyboard.press('Enter')
      await eventually(async () => expect(await shown(page)).toEqual([text]))
      await settled(page, 1)
    }
    await edit('Where do lakes begin?')
    const lakes = await turns(page).first().getAttribute('data-turn')
    await edit('Where do seas begin?')
    const picker = page.getByTestId('message-versions')
    expect(await picker.textContent()).toBe('3 / 3')
    const previous = button(page, 'Previous version of this message')
    await previous.focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect([await shown(page), await picker.textContent()]).toEqual([['Where do lakes begin?'], '2 / 3']))
    await eventually(async () => expect(await hasFocus(previous)).toBe(true))
    await page.keyboard.press('ArrowLeft')
    const oldBranch = ['Where do rivers begin?', 'And where do they end?']
    await eventually(async () => expect([await shown(page), await picker.textContent()]).toEqual([oldBranch, '1 / 3']))
    expect(await answers(page).allTextContents()).toEqual(oldBranch.map((text) => expect.stringContaining(text)))
    await page.reload()
    await eventually(async () => expect([await shown(page), await picker.textContent()]).toEqual([oldBranch, '1 / 3']))
    await page.goto(`${new URL(page.url()).pathname}?turn=${lakes}`)
    await eventually(async () => expect([await shown(page), await picker.textContent()]).toEqual([['Where do lakes begin?'], '2 / 3']))
  })

  it('28. of an answer are kept side by side, also after a reload', async () => {
    const { page } = await fixture.visitor()
    const answerWith = async (text: string, request: () => Promise<void>) => {
      const claim = fixture.model.claim('answered twice')
      await request()
      const answer = await claim
      answer.write(text)
      answer.finish()
      await eventually(async () => expect(await lastAnswer(page)).toBe(text))
      await settled(page, 1)
    }
    await answerWith('The first answer.', () => ask(page, 'To be answered twice'))
    const answerer = page.getByTestId('answered-by')
    await eventually(async () => expect(await answerer.textContent()).toMatch(/\w/))
    await answerWith('The second answer.', async () => {
      await turns(page).first().hover()
      await button(page, 'Answer again').click()
    })
    const picker = page.getByTestId('answer-versions')
    await eventually(async () => expect(await picker.textContent()).toBe('2 / 2'))
    await button(page, 'Previous version of this answer').click()
    await eventually(async () => expect([await lastAnswer(page), await picker.textContent()]).toEqual(['The first answer.', '1 / 2']))
    await page.reload()
    await eventually(async () => expect([await lastAnswer(page), await picker.textContent()]).toEqual(['The first answer.', '1 / 2']))
    expect(await shown(page)).toEqual(['To be answered twice'])
  })
})
