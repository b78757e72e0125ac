/** A streaming answer. The numbers in titles are those of the list of behaviours. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fakeText, fakeWord } from '../support/words.ts'
import { setUpBrowser } from './browser-fixture.ts'
import {
  answers,
  ask,
  askAndClaim,
  button,
  composer,
  eventually,
  expectCopied,
  history,
  lastAnswer,
  oneLine,
  pause,
  sessionOf,
  settled,
  textsBy,
  turns,
  waitForText,
} from './chat.ts'

const fixture = setUpBrowser()

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => fakeWord(from + index))

/** Records every text that the last answer shows, one per DOM change. */
async function watchAnswer(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const shownTexts: string[] = []
    const recordText = () => {
      const text = [...document.querySelectorAll('[data-testid="answer-text"]')].at(-1)?.textContent ?? ''
      if (text !== shownTexts.at(-1)) shownTexts.push(text)
    }
    new MutationObserver(recordText).observe(document.body, { subtree: true, childList: true, characterData: true })
    Object.assign(window, { shownTexts })
  })
  return async () => (await page.evaluate(() => (window as unknown as { shownTexts: string[] }).shownTexts)).map(oneLine)
}

describe('A streaming answer', () => {
  it('1. equals the log exactly after a reload in the middle', async () => {
    const { page, api } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Say forty words, then sixty', 'forty')
    answer.write(fakeText(40))
    await waitForText(page, fakeText(40))
    const before = await lastAnswer(page)
    await page.reload()
    await waitForText(page, fakeText(40))
    expect(await turns(page).last().getAttribute('aria-busy')).toBe('true')
    await answer.stream(words(40, 100), 100)
    answer.finish()
    await settled(page, 1)
    const [recorded = ''] = await textsBy(api, await sessionOf(page), 'assistant')
    expect(recorded).toBe(fakeText(100))
    expect(await answers(page).count()).toBe(1)
    expect(await lastAnswer(page)).toBe(oneLine(recorded))
    expect(oneLine(recorded).startsWith(before)).toBe(true)
    expect(await page.getByText('Say forty words, then sixty', { exact: true }).count()).toBeGreaterThan(0)
    expect(await page.getByTestId('user-message').count()).toBe(1)
  })

  it('2. loses and repeats nothing over twenty broken connections', async () => {
    const { page, api } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'An unsteady line, please', 'unsteady')
    const shownTexts = await watchAnswer(page)
    const step = 12
    for (let round = 0; round < 20; round += 1) {
      answer.write(words(round * step, round * step + step / 2).join(''))
      if (round % 2 === 0) await waitForText(page, fakeWord(round * step))
      fixture.proxy.cut()
      answer.write(words(round * step + step / 2, (round + 1) * step).join(''))
      await waitForText(page, fakeWord((round + 1) * step - 1))
    }
    answer.finish()
    await settled(page, 1)
    const expected = oneLine(fakeText(20 * step))
    expect(await textsBy(api, await sessionOf(page), 'assistant')).toEqual([fakeText(20 * step)])
    expect(await lastAnswer(page)).toBe(expected)
    // Every recorded text is a prefix of the answer.
    expect((await shownTexts()).filter((text) => !expected.startsWith(text))).toEqual([])
  })

  it('5. ends at once on Stop and stays marked as stopped, also after a reload', async () => {
    const { page, api } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'An endless story', 'endless')
    const streaming = answer.stream(words(0, 2_000), 40)
    await waitForText(page, fakeWord(20))
    await button(page, 'Stop answering').click()
    // Five times the 300 ms of the list, because the machine is shared.
    await pause(1_500)
    const stored = await lastAnswer(page)
    await pause(1_000)
    expect(await lastAnswer(page)).toBe(stored)
    await eventually(() => expect(answer.aborted()).toBe(true))
    await streaming
    expect(stored).toContain(oneLine(fakeText(15)))
    await turns(page).last().getByText('Stopped', { exact: true }).waitFor()

    await page.reload()
    await turns(page).last().getByText('Stopped', { exact: true }).waitFor()
    expect(await lastAnswer(page)).toBe(stored)
    const { turns: recorded } = await history(api, await sessionOf(page))
    expect(recorded).toMatchObject([{ outcome: 'cancelled', items: [{ role: 'user' }, { role: 'assistant', incomplete: true }] }])
    expect(oneLine(recorded[0]?.items[1]?.text ?? '')).toBe(stored)
    await ask(page, 'And now something short')
    await settled(page, 2)
    expect(await lastAnswer(page)).toContain('And now something short')
  })

  it('6. keeps its text after an error, with the cause, a retry and a reference below', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const answer = await askAndClaim(fixture.model, page, 'A fragile answer', 'fragile')
    answer.write(fakeText(12))
    await waitForText(page, fakeText(12))
    answer.breakOff()
    const card = page.getByRole('alert').filter({ hasText: 'The answer broke off' })
    await card.waitFor()
    expect(oneLine(await card.textContent())).toMatch(/The (model endpoint|connection|answer).{10,}\./)
    expect(await lastAnswer(page)).toBe(oneLine(fakeText(12)))
    const [textBox, cardBox] = await Promise.all([answers(page).last().boundingBox(), card.boundingBox()])
    expect(cardBox?.y ?? 0).toBeGreaterThanOrEqual((textBox?.y ?? 0) + (textBox?.height ?? 0) - 1)

    await card.getByRole('button', { name: /^Copy (reference|trace id)$/ }).click()
    await expectCopied(page, expect.stringMatching(/^\S{8,}$/))

    await page.reload()
    await waitForText(page, 'The answer broke off')
    expect(await lastAnswer(page)).toBe(oneLine(fakeText(12)))
    await button(page, 'Try again').click()
    await settled(page, 2)
    expect(await lastAnswer(page)).toContain('A fragile answer')
    expect(oneLine(await answers(page).first().textContent())).toBe(oneLine(fakeText(12)))
  })

  it('6. shows that there was no answer, and why, after an error before the first word', async () => {
    const { page } = await fixture.visitor()
    fixture.model.refuse('forbidden fruit', 401)
    await ask(page, 'About the forbidden fruit')
    const card = page.getByRole('alert').filter({ hasText: 'There was no answer' })
    await card.waitFor()
    expect(await card.textContent()).toContain('refused our key')
    await card.getByRole('button', { name: 'Try again' }).waitFor()
  })

  it('16. does not appear in another conversation, and is live after a switch back', async () => {
    const { page } = await fixture.visitor()
    const [applesClaim, birchesClaim] = [fixture.model.claim('apples'), fixture.model.claim('birches')]
    await ask(page, 'All about apples')
    const apples = await applesClaim
    const applesSession = await sessionOf(page)
    apples.write('apple0 ')
    await waitForText(page, 'apple0')
    await button(page, 'New chat').click()
    await ask(page, 'All about birches')
    const birches = await birchesClaim
    await eventually(() => expect(page.url()).not.toContain(applesSession))
    // Records every text that mixes both answers, with the address of the page.
    await page.evaluate(() => {
      const mixed: string[] = []
      const recordText = () => {
        const text = [...document.querySelectorAll('[data-testid="thread"] [data-testid="answer-text"]')]
          .map((node) => node.textContent)
          .join(' ')
        const question = document.querySelector('[data-testid="thread"] [data-testid="user-message"]')?.textContent ?? ''
        if (/apple/.test(text) && /birch/.test(text + question)) mixed.push(`${location.pathname}: ${text}`)
        if (/birch/.test(text) && /apple/.test(text + question)) mixed.push(`${location.pathname}: ${text}`)
      }
      new MutationObserver(recordText).observe(document.body, { subtree: true, childList: true, characterData: true })
      Object.assign(window, { mixed })
    })
    const streaming = (async () => {
      const [appleWords, birchWords] = ['apple', 'birch'].map((name) => Array.from({ length: 160 }, (_, index) => `${name}${index + 1} `))
      await Promise.all([apples.stream(appleWords ?? [], 40), birches.stream(birchWords ?? [], 40)])
    })()
    for (let index = 0; index < 3; index += 1) {
      await waitForText(page, `birch${index * 20 + 5}`)
      await page.getByRole('link', { name: 'All about apples' }).click()
      await waitForText(page, `apple${index * 20 + 15}`)
      expect(await turns(page).last().getAttribute('aria-busy')).toBe('true')
      await page.getByRole('link', { name: 'All about birches' }).click()
    }
    await streaming
    for (const answer of [apples, birches]) answer.finish()
    await settled(page, 1)
    await page.getByRole('link', { name: 'All about apples' }).click()
    await settled(page, 1)
    expect(await lastAnswer(page)).toBe(Array.from({ length: 161 }, (_, index) => `apple${index}`).join(' '))
    expect(await page.evaluate(() => (window as unknown as { mixed: string[] }).mixed)).toEqual([])
  })

  it('18. shows each state before its first word: sent, queued, thinking, and the seconds from two on', async () => {
    const { page } = await fixture.visitor()
    await page.evaluate(() => {
      const states: string[] = []
      const recordText = () => {
        for (const line of document.querySelectorAll('[data-testid="state-line"]')) {
          const text = line.firstChild?.nodeName === 'SPAN' ? (line.textContent ?? '').trim() : (line.firstChild?.textContent ?? '').trim()
          if (text !== '' && text !== states.at(-1)) states.push(text)
        }
      }
      new MutationObserver(recordText).observe(document.body, { subtree: true, childList: true, characterData: true })
      Object.assign(window, { states })
    })
    const [firstClaim, secondClaim] = [fixture.model.claim('first of two'), fixture.model.claim('second of two')]
    await ask(page, 'The first of two')
    const first = await firstClaim
    await turns(page).first().getByText('Thinking…').waitFor()
    const states = await page.evaluate(() => (window as unknown as { states: string[] }).states)
    expect(states[0]).toMatch(/^(Sending…|Sent)$/)
    expect(states.slice(0, -1).every((state) => /^(Sending…|Sent)$/.test(state))).toBe(true)
    await turns(page)
      .first()
      .getByText(/^[2-9] s$/)
      .waitFor()

    await ask(page, 'The second of two')
    await turns(page).last().getByText('Queued (1 ahead)').waitFor()
    first.write('One.')
    first.finish()
    const second = await secondClaim
    await turns(page).last().getByText('Thinking…').waitFor()
    expect(await turns(page).last().getByText('ahead').count()).toBe(0)
    second.write('Two.')
    second.finish()
    await settled(page, 2)
    expect(await page.getByTestId('state-line').count()).toBe(0)
  })

  it('19. keeps the DOM nodes of finished blocks, so a selection survives', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Many blocks', 'blocks')
    answer.write(
      'The first paragraph has *some* words.\n\n```js\nconst answer = 42\n```\n\n- one\n- two\n\nA fourth block.\n\nA fifth.\n\nA sixth ',
    )
    await waitForText(page, 'A sixth')
    const markedBlocks = await answers(page).evaluate((node) => {
      const blocks = [...node.querySelectorAll('p, pre, li')].slice(0, 4)
      for (const block of blocks) Object.assign(block, { mark: true })
      const first = blocks[0]
      if (first?.firstChild) getSelection()?.setBaseAndExtent(first.firstChild, 4, first.firstChild, 19)
      return blocks.length
    })
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('first paragraph')
    await answer.stream(words(0, 200), 200)
    answer.write('\n\nThe last paragraph.')
    answer.finish()
    await settled(page, 1)
    await waitForText(page, 'The last paragraph.')
    const remaining = await answers(page).evaluate(
      (node) => [...node.querySelectorAll('p, pre, li')].filter((block) => 'mark' in block).length,
    )
    expect(remaining).toBe(markedBlocks)
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('first paragraph')
  })

  it('19. keeps the text of a block that grows, so a selection in it survives', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'One block', 'One block')
    answer.write('It has `code`, **bold words** and more ')
    await waitForText(page, 'and more')
    const select = (from: string, length: number) =>
      answers(page).evaluate(
        (node, [text, units]) => {
          const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT)
          for (let found = texts.nextNode(); found !== null; found = texts.nextNode()) {
            const start = found.textContent?.indexOf(text) ?? -1
            if (start >= 0) return getSelection()?.setBaseAndExtent(found, start, found, start + units)
          }
        },
        [from, length] as const,
      )
    const selected = () => page.evaluate(() => getSelection()?.toString())
    await select('bold words', 10)
    await answer.stream(words(0, 60), 200)
    await waitForText(page, fakeWord(59))
    expect(await selected()).toBe('bold words')
    await select('and more', 8)
    answer.write('of *it*, with [a link](https://example.com). ')
    await waitForText(page, 'a link')
    expect(await selected()).toBe('and more')
    answer.finish()
    await settled(page, 1)
    expect(await selected()).toBe('and more')
    expect(await answers(page).locator('p').innerHTML()).toMatch(/^It has <code[^>]*>code<\/code>, <strong>bold words<\/strong> and more /)
  })

  it('20. never shows half-written syntax raw, and never swallows text', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'Some syntax', 'syntax')
    const shownTexts = await watchAnswer(page)
    const count = () => page.evaluate(() => (window as unknown as { shownTexts: string[] }).shownTexts.length)
    const source =
      'Some **bold words** and a [link to read](https://example.com/a/path) then ~~gone~~, *soft*, `code`.\n\n## A heading\n\n' +
      '| Name | Value |\n| --- | ---: |\n| one | 1 |\n| two | 2 |\n\n```js\nconst sum = 1 + 1\n```\n\n1. first\n2. second\n\nThe end of it.'
    for (const piece of source.match(/[\s\S]{1,3}/g) ?? []) {
      const before = await count()
      answer.write(piece)
      // Half-written syntax changes nothing that is shown, so the wait has an end.
      await page
        .waitForFunction((length) => (window as unknown as { shownTexts: string[] }).shownTexts.length > length, before, { timeout: 150 })
        .catch(() => {})
    }
    answer.finish()
    await settled(page, 1)
    const samples = await shownTexts()
    expect(samples.length).toBeGreaterThan(20)
    expect(samples.filter((text) => /[*|`[\]~#]|https?:|---/.test(text))).toEqual([])
    const visible = await lastAnswer(page)
    for (const part of ['bold words', 'link to read', 'A heading', 'two', 'const sum = 1 + 1', 'second', 'The end of it.'])
      expect(visible).toContain(part)
    expect(await answers(page).getByRole('link', { name: 'link to read' }).getAttribute('href')).toBe('https://example.com/a/path')
    expect(await answers(page).getByRole('cell', { name: '2', exact: true }).count()).toBe(1)
    // An open fence does not include the text before it.
    expect(oneLine(await answers(page).locator('pre').textContent())).toBe('const sum = 1 + 1')
  })

  it('21. has "Copy code", which copies the exact source, also while it streams, and keeps the focus', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const answer = await askAndClaim(fixture.model, page, 'Write a program', 'program')
    const source = '#!/bin/sh\n\n# two  spaces, a\ttab\nfor i in 1 2 3; do\n  echo "$i < 4 && $i > 0"   \ndone\n\n\necho "it\'s done"'
    const middle = source.indexOf('  echo')
    answer.write(`Here it is:\n\n\`\`\`bash\n${source.slice(0, middle)}`)
    await waitForText(page, 'for i in 1 2 3; do')
    const copy = page.getByRole('button', { name: 'Copy code' })
    await copy.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' })
    await expectCopied(page, expect.stringContaining('# two  spaces, a\ttab'))
    answer.write(`${source.slice(middle)}\n\`\`\`\n\nThat was all.`)
    await waitForText(page, 'That was all.')
    answer.finish()
    await settled(page, 1)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^(Copy code|Copied)$/)
    await page.getByRole('button', { name: /^(Copy code|Copied)$/ }).click()
    await expectCopied(page, source)
  })

  it('22. has "Copy answer", which copies markdown; a copied selection is plain text', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const answer = await askAndClaim(fixture.model, page, 'Something formatted', 'formatted')
    const source = '## Title\n\nSome **bold** text with `code`.\n\n- one\n- two\n'
    answer.write(source)
    answer.finish()
    await settled(page, 1)
    await turns(page).last().hover()
    await button(page, 'Copy answer').click()
    await expectCopied(page, source)
    await answers(page).evaluate((node) => getSelection()?.selectAllChildren(node))
    await page.keyboard.press('Control+c')
    const copiedText = () => page.evaluate(() => navigator.clipboard.readText())
    await eventually(async () => expect(oneLine(await copiedText())).toBe('Title Some bold text with code. one two'))
    await composer(page).focus()
  })
})
