/** The constitution page for administrators and members. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { signConstitution } from '../../scripts/stack/constitution.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { violations } from './axe.ts'
import { setUpBrowser, type Visitor } from './browser-fixture.ts'
import { eventually } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const rule = { kind: 'tools', article: 'echo', says: 'Nothing is echoed.', forbid: ['echo'] }
const test = { input: { action: 'tool.execute', resource: { name: 'echo' }, context: { arguments: {} } }, allow: false }
const full = {
  name: 'What we agreed to',
  principles: ['We disclose that we are a machine.', 'We store no card numbers.'],
  rules: [
    { ...rule, says: 'The echo tool is not used, because it only costs.' },
    { kind: 'texts', article: 'cards', says: 'No numbers of cards.', in: ['message', 'memory', 'tool'], patterns: ['\\b[0-9]{16}\\b'] },
    {
      kind: 'actions',
      article: 'exports',
      says: 'Only who answers for it exports.',
      actions: ['session.export'],
      except: { roles: ['admin'], scopes: ['export'] },
    },
    { kind: 'sizes', article: 'brevity', says: 'Messages have a size limit.', in: ['message'], max_characters: 20_000 },
    { kind: 'models', article: 'ours', says: 'Messages stay on our own servers.', only: ['hand', 'builtin'] },
  ],
  tests: [
    test,
    { input: { action: 'memory.write', context: { text: '4111111111111111' } }, allow: false },
    { input: { action: 'session.export' }, allow: false },
    { input: { action: 'conversation.send', context: { text: 'x'.repeat(20_001) } }, allow: false },
    { input: { action: 'model.invoke', resource: { name: 'theirs' } }, allow: false },
  ],
}
const document = (version: number, overrides: object = {}) => ({
  name: 'Ours',
  version,
  principles: [],
  rules: [],
  tests: [],
  ...overrides,
})
const signed = async (input: { version: number }) => signConstitution(input, '*', (await developmentSecrets()).signingKey)

async function load({ api }: Visitor, input: { version: number }): Promise<void> {
  const response = await api.call('POST', '/v1/constitution/load', await signed(input))
  expect([response.status, await response.text()]).toMatchObject([200, expect.any(String)])
}

async function expectAccessible(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
  // Neither the page nor its main region scrolls sideways.
  for (const part of ['html', 'main'])
    expect(await page.locator(part).evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), part).toBeLessThanOrEqual(0)
}

const write = async (page: Page, input: unknown) => {
  await page.getByTestId('constitution-text').fill(typeof input === 'string' ? input : JSON.stringify(input))
  await page.getByTestId('check-constitution').click()
}

describe('The constitution page', () => {
  it('shows that there is none, lists the problems of a document, and loads a signed one', async () => {
    const visitor = await fixture.visitor({ admin: true, path: '/settings/constitution' })
    const { page } = visitor
    await page.getByRole('heading', { name: 'No constitution yet' }).waitFor()
    await write(page, '{"name": ')
    await page.getByRole('alert').getByText('This is not JSON').waitFor()
    await write(page, document(1, { motto: 'x', rules: [rule] }))
    await page.getByText('It would be refused: 1 problem').waitFor()
    expect(await page.getByTestId('checked').textContent()).toContain('/mottothere is no such field')
    expect(await page.getByTestId('load-constitution').isDisabled()).toBe(true)
    await write(page, document(1, { rules: [rule], tests: [test] }))
    await page.getByText('Version 1 is sound; sign it to load it').waitFor()
    expect(await page.getByTestId('load-constitution').isDisabled()).toBe(true)
    await write(page, await signed(document(1, { rules: [rule], tests: [test] })))
    await page.getByText('Version 1 can be loaded').waitFor()
    await expectAccessible(page)
    await page.getByTestId('load-constitution').click()
    await page.getByTestId('constitution').getByText('Nothing is echoed.').waitFor()
    expect(await page.getByTestId('constitution').textContent()).toContain('These tools are denied: echo')
  })

  it('lists earlier versions and rolls back after a confirmation', async () => {
    const visitor = await fixture.visitor({ admin: true })
    await load(visitor, document(1))
    await load(visitor, document(2, { name: 'Too strict' }))
    const page = await visitor.tab('/settings/constitution')
    await page.getByRole('heading', { name: 'Too strict' }).waitFor()
    await page.getByRole('button', { name: 'Roll back to version 1' }).click()
    await page.getByRole('button', { name: 'Keep version 2' }).click()
    expect(await page.getByTestId('constitution-history').getByRole('listitem').count()).toBe(2)
    await page.getByRole('button', { name: 'Roll back to version 1' }).click()
    await expectAccessible(page)
    await page.getByTestId('confirm-roll-back').click()
    await page.getByRole('heading', { name: 'Ours', level: 2 }).waitFor()
    await eventually(async () => expect(await page.getByTestId('constitution').textContent()).toContain('restored in place of version 2'))
    await eventually(async () => expect(await page.getByTestId('constitution-history').getByRole('listitem').count()).toBe(3))
    await page.getByRole('button', { name: 'Roll back to version 2' }).waitFor()
  })

  it('keeps the newest response when an older one arrives later', async () => {
    const visitor = await fixture.visitor({ admin: true })
    await load(visitor, document(1))
    await load(visitor, document(2, { name: 'Second' }))
    await load(visitor, document(3, { name: 'Third' }))
    const page = await visitor.tab('/settings/constitution')
    await page.getByRole('heading', { name: 'Third', level: 2 }).waitFor()
    // The response to the first request waits until the second has its response.
    const firstResponse = Promise.withResolvers<void>()
    let requests = 0
    await page.route('**/v1/constitution', async (route) => {
      const response = await route.fetch()
      if (++requests === 1) await firstResponse.promise
      await route.fulfill({ response })
    })
    const rollBack = async (version: number) => {
      await page.getByRole('button', { name: `Roll back to version ${version}` }).click()
      await page.getByTestId('confirm-roll-back').click()
    }
    await rollBack(2)
    await expect.poll(() => requests).toBe(1)
    await page.keyboard.press('Escape')
    await rollBack(1)
    await page.getByRole('heading', { name: 'Ours', level: 2 }).waitFor()
    firstResponse.resolve()
    await page.waitForTimeout(500)
    expect(await page.getByTestId('constitution').getByRole('heading', { level: 2 }).textContent()).toBe('Ours')
  })

  it('can be read by every member and changed by administrators only', async () => {
    const admin = await fixture.visitor({ admin: true, subject: 'solon' })
    await load(admin, document(1, { principles: ['Nothing in excess.'] }))
    const context = await fixture.newContext()
    await context.request.post('/v1/auth/dev', { data: { tenant: admin.tenant, subject: 'reader' } })
    const page = await context.newPage()
    await page.goto('/settings/constitution')
    await page.getByText('Nothing in excess.').waitFor()
    expect(await page.getByTestId('constitution-text').count()).toBe(0)
    expect(await page.getByRole('button', { name: /Roll back/ }).count()).toBe(0)
  })

  for (const colorScheme of ['light', 'dark'] as const)
    for (const [name, size] of Object.entries({ desktop: {}, phone }))
      it(`passes axe, ${colorScheme} on a ${name}`, async () => {
        const visitor = await fixture.visitor({ admin: true, colorScheme, ...size })
        await load(visitor, document(1))
        await load(visitor, { version: 2, ...full })
        const page = await visitor.tab('/settings/constitution')
        await page.getByTestId('constitution').waitFor()
        await write(page, document(2, { motto: 'x', name: '' }))
        await page.getByText('It would be refused').waitFor()
        await expectAccessible(page)
        const { SOMA_PICTURES: folder } = process.env
        if (folder) {
          for (const [part, offset] of [
            ['top', 0],
            ['end', 1e6],
          ] as const) {
            await page.locator('main').evaluate((main, top) => main.scrollTo(0, top), offset)
            await page.waitForTimeout(300)
            await page.screenshot({ path: `${folder}/constitution-${name}-${colorScheme}-${part}.png` })
          }
        }
      })
})
