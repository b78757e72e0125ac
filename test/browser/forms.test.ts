/** The forms of the settings pages: one width, one card, styled native controls, and actions in the middle of their rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually } from './chat.ts'

const fixture = setUpBrowser()

const paths = ['account', 'keys', 'memory', 'archived', 'users', 'models', 'tools', 'secrets', 'limits', 'policy', 'constitution', 'audit']

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`/settings/${path}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
}

/** Left edge and width of each top-level part of a page. */
const frames = (page: Page) =>
  page.locator('main.page > :is(.card, .list, .facts, form, .data-table)').evaluateAll((parts) =>
    parts.map((part) => {
      const { left, width } = part.getBoundingClientRect()
      return `${Math.round(left)} ${Math.round(width)}`
    }),
  )

const middle = async (locator: Locator): Promise<number> => {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('not on the screen')
  return box.y + box.height / 2
}

describe('The settings pages', () => {
  it('have one width, and fit on a screen of 320 px', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/docs' })
    const edges = new Set<string>()
    for (const path of paths) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await open(page, path)
      for (const frame of await frames(page)) edges.add(frame)
      await page.setViewportSize({ width: 320, height: 640 })
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 320])
    }
    expect([...edges]).toHaveLength(1)
  })

  it('list the pages on a phone, with or without a slash at the end', async () => {
    const { page } = await fixture.visitor({ viewport: { width: 390, height: 844 }, path: '/settings/' })
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await page.getByRole('link', { name: 'Memory' }).click()
    await page.getByRole('heading', { level: 1, name: 'Memory' }).waitFor()
    await page.getByRole('link', { name: 'All settings' }).click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  })

  it('put the actions in the middle of their row', async () => {
    const { page, api } = await fixture.visitor({ admin: true })
    const created = await api.call('POST', '/v1/keys', { name: 'Nightly report', expires_in_days: 30, scopes: [] })
    expect(created.ok, await created.text()).toBe(true)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await open(page, 'keys')
      const row = page.getByTestId('keys').getByRole('listitem').first()
      expect(Math.abs((await middle(row)) - (await middle(row.getByRole('button'))))).toBeLessThanOrEqual(2)
    }
  })
})

describe('A select', () => {
  it('is a native one in the look of the app', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/policy' })
    const role = page.getByRole('combobox', { name: 'Role' })
    expect(await role.evaluate((select) => [select.tagName, getComputedStyle(select).appearance])).toEqual(['SELECT', 'none'])
    await role.selectOption('viewer')
    expect(await role.inputValue()).toBe('viewer')
  })
})

describe('A date input', () => {
  it('is a native one with the height, edges and text of the fields beside it, and empty ones look empty', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/audit' })
    const [from, text] = [page.getByLabel('From', { exact: true }), page.getByLabel('User', { exact: true })]
    const look = (field: Locator) =>
      field.evaluate((input) => {
        const { height, borderColor, borderRadius, fontSize, paddingInlineStart, backgroundColor } = getComputedStyle(input)
        return { height, borderColor, borderRadius, fontSize, paddingInlineStart, backgroundColor }
      })
    const colorOf = (field: Locator) => field.evaluate((input) => getComputedStyle(input).color)
    expect(await look(from)).toEqual(await look(text))
    const empty = await colorOf(from)
    await from.fill('2026-01-31')
    await text.focus()
    expect([empty === (await colorOf(text)), await colorOf(from)]).toEqual([false, await colorOf(text)])
  })
})

describe('A file input', () => {
  it('shows the name of the chosen file, and of one that is dropped on it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'soma-files-'))
    try {
      const { page, context } = await fixture.visitor({ admin: true, path: '/settings/constitution' })
      const input = page.getByLabel('Or a file')
      await input.setInputFiles({ name: 'chosen.json', mimeType: 'application/json', buffer: Buffer.from('{"name": "chosen"}') })
      await page.getByText('chosen.json').waitFor()
      await eventually(async () => expect(await page.getByTestId('constitution-text').inputValue()).toBe('{"name": "chosen"}'))
      expect(await input.evaluate((field) => (field as HTMLInputElement).type)).toBe('file')

      const file = join(folder, 'dropped.json')
      writeFileSync(file, '{"name": "dropped"}')
      const box = await input.boundingBox()
      const at = { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 }
      const session = await context.newCDPSession(page)
      const data = { items: [], files: [file], dragOperationsMask: 1 }
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at, data })
      await page.getByText('dropped.json').waitFor()
      await eventually(async () => expect(await page.getByTestId('constitution-text').inputValue()).toBe('{"name": "dropped"}'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('passes axe with its frame, light and dark', async () => {
    const { page } = await fixture.visitor({ admin: true, path: '/settings/policy' })
    await page.getByTestId('candidate').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).toEqual([])
    }
  })
})
