/** The report of an import: what was imported, what was not, and why. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { composer, eventually, oneLine } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()
/** ChatGPT's file: two conversations can be imported, and two cannot. */
const file = join(import.meta.dirname, '../samples/chatgpt-conversations.json')

/** Chooses a file in the dialog that the command opens. Returns the report. */
async function importFile(page: Page, input: string | { name: string; mimeType: string; buffer: Buffer }): Promise<Locator> {
  await composer(page).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Search and commands' }).getByRole('combobox').fill('Import conv')
  await page.getByRole('option', { name: /Import conversations/ }).waitFor()
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
  await chooser.setFiles(input)
  const report = page.getByTestId('import-report')
  await report.waitFor()
  return report
}

const linesOf = async (report: Locator): Promise<string[]> => (await report.getByRole('listitem').allTextContents()).map(oneLine)

describe('The report of an import', () => {
  it('names each conversation, and why one was not imported', async () => {
    const { page, api } = await fixture.visitor()
    const report = await importFile(page, file)
    expect(await report.getByText('2 conversations imported, 2 conversations not imported.').count()).toBe(1)
    const lines = await linesOf(report)
    expect(lines).toHaveLength(4)
    expect(lines[1]).toBe('Chart of rainfall Image left out: 2.Reasoning step left out: 2.')
    expect(lines[2]).toMatch(/^A torn conversation was not imported\. ?.*tree is broken/)
    expect(lines[3]).toMatch(/^Much pasted text was not imported\. ?Its message 3 must have at most 32000 UTF-16 units\.$/)
    await report.getByRole('button', { name: 'Done' }).click()
    await eventually(async () => expect(await report.count()).toBe(0))
    // The first imported conversation is open, and the list has both.
    await page.waitForURL(/\/c\/[^/]+$/)
    const { sessions } = (await (await api.call('GET', '/v1/sessions')).json()) as { sessions: { title: string }[] }
    expect(sessions.map(({ title }) => title).sort()).toEqual(['Chart of rainfall', 'Sourdough for beginners'])
    for (const { title } of sessions) await page.getByRole('link', { name: title }).first().waitFor()
  })

  it('names a file that holds no conversation', async () => {
    const { page } = await fixture.visitor()
    const report = await importFile(page, { name: 'notes.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') })
    expect(await linesOf(report)).toEqual([
      expect.stringMatching(/^notes\.json was not imported\. ?The file must be an export of version soma-1/),
    ])
    await page.keyboard.press('Escape')
    await eventually(async () => expect(await report.count()).toBe(0))
  })

  for (const colorScheme of ['light', 'dark'] as const)
    for (const [name, size] of Object.entries({ desktop: {}, phone }))
      it(`fits and passes axe with many conversations, ${colorScheme} on a ${name}`, async () => {
        const { page } = await fixture.visitor({ colorScheme, ...size })
        const sample = JSON.parse(readFileSync(file, 'utf8')) as { title: string }[]
        const conversations = [0, 1, 2, 3].flatMap((copy) =>
          sample.map((conversation) => ({ ...conversation, title: `${conversation.title} ${copy + 1}` })),
        )
        const buffer = Buffer.from(JSON.stringify(conversations))
        const report = await importFile(page, { name: 'conversations.json', mimeType: 'application/json', buffer })
        expect(await report.getByRole('listitem').count()).toBe(16)
        const viewport = page.viewportSize()
        const box = await report.boundingBox()
        expect(
          box && viewport && [box.x >= 0, box.y >= 0, box.x + box.width <= viewport.width, box.y + box.height <= viewport.height],
        ).toEqual([true, true, true, true])
        // The button stays in view however long the list is, and the list scrolls with the keyboard.
        expect(await report.getByRole('button', { name: 'Done' }).isVisible()).toBe(true)
        expect(await violations(page)).toEqual([])
        const { SOMA_PICTURES: folder } = process.env
        if (folder) await page.screenshot({ path: `${folder}/import-report-${name}-${colorScheme}.png` })
        await report.getByRole('listitem').last().scrollIntoViewIfNeeded()
        if (folder) await page.screenshot({ path: `${folder}/import-report-${name}-${colorScheme}-end.png` })
      })
})
