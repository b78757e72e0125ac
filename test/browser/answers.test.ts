/** What answers and messages can hold: formulas, footnotes, some HTML, either direction, long code, wide tables. */
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser, type Visitor } from './browser-fixture.ts'
import { answers, askAndClaim, button, distanceFromEnd, eventually, expectCopied, oneLine, settled, waitForText } from './chat.ts'

const fixture = setUpBrowser()

/** Asks `part`, and answers `text` at once. */
async function askAndAnswer(page: Page, part: string, text: string, count = 1): Promise<Locator> {
  const answer = await askAndClaim(fixture.model, page, part)
  answer.write(text)
  answer.finish()
  await settled(page, count)
  return answers(page).last()
}

/** Requests to other origins, and violations of the content security policy, from now on. */
async function watchOutside({ page }: Visitor): Promise<() => Promise<string[]>> {
  const outside: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(fixture.url) && !request.url().startsWith('data:')) outside.push(request.url())
  })
  await page.evaluate(() => {
    const blocked: string[] = []
    Object.assign(window, { blocked })
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      blocked.push(`${effectiveDirective} ${blockedURI}`),
    )
  })
  return async () => [...outside, ...(await page.evaluate(() => (window as unknown as { blocked: string[] }).blocked))]
}

describe('A formula', () => {
  it('is rendered by KaTeX, which loads with the first one, and shows its source until then and if it is invalid', async () => {
    const visitor = await fixture.visitor()
    const { page } = visitor
    const outside = await watchOutside(visitor)
    const loads: string[] = []
    page.on('request', (request) => /katex/i.test(request.url()) && loads.push(request.url()))
    await askAndAnswer(page, 'no formula', 'It costs $5 and $10. Plain `$x$`.')
    expect(loads).toEqual([])

    const held = Promise.withResolvers<void>()
    await page.route(/katex.*\.js$/, async (route) => {
      await held.promise
      await route.continue()
    })
    const text =
      'Euler: \\(e^{i\\pi}+1=0\\) and $a_1 < b$.\n\n\\[ \\int_0^1 x\\,dx = \\frac{1}{2} \\]\n\nInvalid: \\(\\frac{a}\\). ' +
      'Not trusted: \\(\\href{https://evil.example/}{x}\\). Endless: \\(\\def\\a{\\a\\a}\\a\\). It costs $5 and $10.'
    const shownAnswer = await askAndAnswer(page, 'formulas', text, 2)
    const formulas = shownAnswer.locator('.math')
    expect(await formulas.allTextContents()).toEqual([
      '\\(e^{i\\pi}+1=0\\)',
      '$a_1 < b$',
      '\\[ \\int_0^1 x\\,dx = \\frac{1}{2} \\]',
      '\\(\\frac{a}\\)',
      '\\(\\href{https://evil.example/}{x}\\)',
      '\\(\\def\\a{\\a\\a}\\a\\)',
    ])
    held.resolve()
    await eventually(async () => expect(await shownAnswer.locator('.katex').count()).toBeGreaterThanOrEqual(3))
    await eventually(async () => expect(await shownAnswer.locator('.math:not([data-shown])').count()).toBe(0))
    expect(await shownAnswer.locator('.katex-display').count()).toBe(1)
    expect(await shownAnswer.locator('math').count()).toBeGreaterThanOrEqual(3)
    expect(await formulas.nth(3).textContent()).toBe('\\(\\frac{a}\\)')
    expect(await formulas.last().textContent()).toBe('\\(\\def\\a{\\a\\a}\\a\\)')
    expect(await shownAnswer.locator('a, .katex-error').count()).toBe(0)
    expect(oneLine(await shownAnswer.textContent())).toContain('It costs $5 and $10.')
    await page.evaluate(() => document.fonts.ready)
    expect(await page.evaluate(() => [...document.fonts].some(({ family, status }) => /KaTeX/.test(family) && status === 'loaded'))).toBe(
      true,
    )
    expect(await outside()).toEqual([])
    expect(await violations(page)).toEqual([])
  })

  it('stays rendered while the text after it grows, and shows no half of one', async () => {
    const { page } = await fixture.visitor()
    const answer = await askAndClaim(fixture.model, page, 'growing formulas')
    answer.write('First \\(a^2\\) is there.')
    await eventually(async () => expect(await answers(page).locator('.katex').count()).toBe(1))
    await page.evaluate(() => {
      const seen: string[] = []
      Object.assign(window, { seen })
      const recordSource = () => {
        const copy = document.querySelector('[data-testid="answer-text"]')?.cloneNode(true) as Element | undefined
        for (const formula of copy?.querySelectorAll('.katex') ?? []) formula.remove()
        if (copy) seen.push(copy.textContent ?? '')
        requestAnimationFrame(recordSource)
      }
      recordSource()
    })
    const rest = ' Then $\\frac{b_1}{c}$ and more words.\n\n$$\n\\sum_k k\n$$\n\nThe end.'
    await answer.stream(rest.match(/[\s\S]{1,2}/g) ?? [], 60)
    answer.finish()
    await settled(page, 1)
    await waitForText(page, 'The end.')
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen)
    expect(seen.filter((text) => /[\\$^_{}]/.test(text))).toEqual([])
    expect(await answers(page).locator('.katex').count()).toBe(3)
  })
})

describe('An answer', () => {
  it('has footnotes that lead to their text and back, folded details, and a few HTML elements', async () => {
    const visitor = await fixture.visitor()
    const { page } = visitor
    const shownAnswer = await askAndAnswer(
      page,
      'footnotes and html',
      'A claim[^1] and another[^src].\n\nPress <kbd>Ctrl</kbd>, H<sub>2</sub>O, one<br>two, <b>not bold</b>.\n\n' +
        '<details>\n<summary>More</summary>\n\nFolded *text*.\n\n</details>\n\n- [x] done\n- [ ] open\n\n这是**重要的。**后面\n\n' +
        '[^1]: The first note.\n[^src]: The second note.',
    )
    const references = shownAnswer.getByRole('link', { name: /^Footnote \d$/ })
    expect(await references.allTextContents()).toEqual(['1', '2'])
    await references.last().click()
    const notes = shownAnswer.getByRole('region', { name: 'Footnotes' }).getByRole('listitem')
    await eventually(async () => expect(await notes.last().evaluate((note) => note === document.activeElement)).toBe(true))
    expect(oneLine(await notes.last().textContent())).toBe('The second note.')
    expect(page.url()).not.toContain('#')
    await button(page, 'Back to reference 2').click()
    await eventually(async () => expect(await references.last().evaluate((link) => link === document.activeElement)).toBe(true))
    expect(await shownAnswer.locator('kbd').textContent()).toBe('Ctrl')
    expect(await shownAnswer.locator('sub').textContent()).toBe('2')
    expect(await shownAnswer.locator('br').count()).toBe(1)
    expect(oneLine(await shownAnswer.textContent())).toContain('<b>not bold</b>')
    expect(await shownAnswer.locator('strong').textContent()).toBe('重要的。')
    expect(await shownAnswer.getByText('Folded text.').isVisible()).toBe(false)
    await shownAnswer.getByText('More', { exact: true }).click()
    expect(await shownAnswer.getByText('Folded text.').isVisible()).toBe(true)
    expect(await shownAnswer.getByRole('checkbox', { name: 'Done', exact: true }).isChecked()).toBe(true)
    expect(await shownAnswer.getByRole('checkbox', { name: 'Not done' }).count()).toBe(1)
    expect(await violations(page)).toEqual([])
  })

  it('runs from right to left where its text does: in paragraphs, bullets, quotations and tables', async () => {
    const { page } = await fixture.visitor()
    const shownAnswer = await askAndAnswer(
      page,
      'from right to left',
      'هذه فقرة باللغة العربية، وفيها كلمات.\n\n- بند أول\n- بند ثان\n\n> اقتباس قصير\n\n| العمود | الرقم |\n|---|---|\n| صف | 12 |\n\n' +
        '- بند فيه شيفرة:\n\n  ```js\n  const y = 2\n  ```\n\nAn English paragraph.\n\n- English item\n\n```js\nconst x = 1\n```',
    )
    const direction = (part: Locator) => part.evaluate((node) => getComputedStyle(node).direction)
    for (const part of [
      shownAnswer.locator('p').first(),
      shownAnswer.locator('li').first(),
      shownAnswer.locator('blockquote'),
      shownAnswer.locator('table'),
    ])
      expect(await direction(part)).toBe('rtl')
    for (const part of [
      shownAnswer.getByText('An English paragraph.'),
      shownAnswer.locator('li').last(),
      shownAnswer.locator('pre').first(),
    ])
      expect(await direction(part)).toBe('ltr')
    // The first column is on the right, and numbers stand below their heading.
    const left = async (part: Locator) => (await part.boundingBox())?.x ?? 0
    expect(await left(shownAnswer.locator('th').first())).toBeGreaterThan(await left(shownAnswer.locator('th').last()))
    expect(await shownAnswer.getByText('12').evaluate((cell) => getComputedStyle(cell).textAlign)).toBe('right')
    const sides = (part: Locator) =>
      part.evaluate((node) => {
        const { marginLeft, marginRight, borderLeftWidth, borderRightWidth } = getComputedStyle(node)
        return { marginLeft, marginRight, borderLeftWidth, borderRightWidth }
      })
    expect(await sides(shownAnswer.locator('li').first())).toMatchObject({ marginLeft: '0px', marginRight: '24px' })
    expect(await sides(shownAnswer.locator('li:has(pre)'))).toMatchObject({ marginLeft: '0px', marginRight: '24px' })
    expect(await sides(shownAnswer.locator('li').last())).toMatchObject({ marginLeft: '24px', marginRight: '0px' })
    expect(await sides(shownAnswer.locator('blockquote'))).toMatchObject({ borderLeftWidth: '0px', borderRightWidth: '3px' })
  })

  it('21. folds long code, keeps its header in view, wraps its lines, and copies it whole', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const code = Array.from({ length: 120 }, (_, index) => `const line${index} = '${'long '.repeat(index === 3 ? 60 : 2)}'`).join('\n')
    const shownAnswer = await askAndAnswer(page, 'long code', `Here:\n\n\`\`\`js\n${code}\n\`\`\`\n\nThe end.`)
    const height = () => shownAnswer.locator('pre').evaluate((pre) => pre.clientHeight)
    expect(await height()).toBeLessThan(42 * 20)
    await button(page, 'Copy code').click()
    await expectCopied(page, code)
    await button(page, 'Show all 120 lines').click()
    expect(await height()).toBeGreaterThan(120 * 20)
    await button(page, 'Wrap lines').click()
    expect(await shownAnswer.locator('pre').evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBe(0)
    // In the middle of the code, its actions are at the top of the thread.
    await shownAnswer.getByText('line60').first().scrollIntoViewIfNeeded()
    const box = await button(page, 'Copy code').or(button(page, 'Copied')).first().boundingBox()
    const threadTop = (await page.getByRole('region', { name: 'Messages' }).boundingBox())?.y ?? 0
    expect((box?.y ?? 0) - threadTop).toBeGreaterThanOrEqual(0)
    expect((box?.y ?? 0) - threadTop).toBeLessThan(36)
    await button(page, 'Show less').press('Enter')
    expect(await height()).toBeLessThan(42 * 20)
    await page.mouse.move(0, 0)
    expect(await violations(page)).toEqual([])
  })

  it('has a wide table that fades on the side of its hidden columns', async () => {
    const { page } = await fixture.visitor()
    const row = (text: string) => `| ${Array.from({ length: 12 }, (_, index) => `${text} number ${index}`).join(' | ')} |`
    const shownAnswer = await askAndAnswer(
      page,
      'a wide table',
      `${row('A heading')}\n|${' --- |'.repeat(12)}\n${row('A value')}\n\n| a | b |\n|---|---|\n| 1 | 2 |`,
    )
    const tables = shownAnswer.getByRole('region', { name: 'Table' })
    const hints = (index: number) =>
      tables.nth(index).evaluate((box) => [box.hasAttribute('data-more-left'), box.hasAttribute('data-more-right')])
    await eventually(async () => expect(await hints(0)).toEqual([false, true]))
    expect(await hints(1)).toEqual([false, false])
    await tables.first().evaluate((box) => box.scrollTo(80, 0))
    await eventually(async () => expect(await hints(0)).toEqual([true, true]))
    await tables.first().evaluate((box) => box.scrollTo(box.scrollWidth, 0))
    await eventually(async () => expect(await hints(0)).toEqual([true, false]))
    // A column is as wide as its words.
    expect(
      await tables
        .first()
        .locator('th')
        .first()
        .evaluate((cell) => cell.clientHeight),
    ).toBeLessThan(48)
  })
})

describe('A diagram', () => {
  it('is drawn on demand, inside the page and in its theme, and keeps its code if it has a mistake', async () => {
    const visitor = await fixture.visitor({ colorScheme: 'light' })
    const { page, context } = visitor
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const outside = await watchOutside(visitor)
    const loads: string[] = []
    page.on('request', (request) => /mermaid/i.test(request.url()) && loads.push(request.url()))
    const code =
      'flowchart TD\n  A["Client <img src=https://evil.example/a onerror=alert(1)>"] -->|sends| B(Gateway)\n  click A "https://evil.example/"'
    const shownAnswer = await askAndAnswer(
      page,
      'two diagrams',
      `First:\n\n\`\`\`mermaid\n${code}\n\`\`\`\n\n\`\`\`mermaid\nflowchart TD\n  A --> [[\n\`\`\``,
    )
    expect(loads).toEqual([])
    const [first, second] = [shownAnswer.getByTestId('code-block').first(), shownAnswer.getByTestId('code-block').last()]
    await first.getByRole('button', { name: 'Show diagram' }).click()
    const picture = first.getByRole('img', { name: 'Diagram' })
    await picture.waitFor()
    expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(50)
    const drawing = async () => decodeURIComponent((await picture.getAttribute('src')) ?? '')
    const light = await drawing()
    expect(light).toMatch(/^data:image\/svg\+xml/)
    expect(light).toContain('Gateway')
    expect(light).not.toMatch(/onerror=|<script|<im/)
    expect(await first.locator('pre').count()).toBe(0)
    await first.getByRole('button', { name: 'Copy code' }).click()
    await expectCopied(page, code)
    await page.emulateMedia({ colorScheme: 'dark' })
    await eventually(async () => expect(await drawing()).not.toBe(light))
    await first.getByRole('button', { name: 'Show code' }).click()
    expect(await first.locator('pre').textContent()).toBe(code)

    await second.getByRole('button', { name: 'Show diagram' }).click()
    await second.getByText('This diagram could not be drawn.').waitFor()
    expect(await second.locator('pre').isVisible()).toBe(true)
    expect(await outside()).toEqual([])
    expect(await page.locator('.diagram-stage').count()).toBe(0)
    expect(await violations(page)).toEqual([])
  })
})

describe('A message', () => {
  it('shows its code as code, and nothing else formatted; a long one is folded', async () => {
    const { page, context } = await fixture.visitor()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const source = `Why does \`a()\` fail, **really**?\n\n\`\`\`js\na()\n  b()\n\`\`\`\n\n${'Another line of a long message.\n'.repeat(40)}The last line.`
    await askAndAnswer(page, source, 'Because.')
    const message = page.getByTestId('user-message')
    expect(await message.locator('> code').textContent()).toBe('a()')
    expect(await message.locator('pre').textContent()).toBe('a()\n  b()')
    expect(oneLine(await message.textContent())).toContain('**really**?')
    const height = () => message.evaluate((node) => node.clientHeight)
    expect(await height()).toBeLessThan(13 * 26)
    expect(await distanceFromEnd(page)).toBeLessThanOrEqual(4)
    await button(page, 'Show all').click()
    expect(await height()).toBeGreaterThan(40 * 26)
    await message.hover()
    await button(page, 'Copy message').click()
    await expectCopied(page, source)
    await button(page, 'Show less').click()
    expect(await height()).toBeLessThan(13 * 26)
  })
})
