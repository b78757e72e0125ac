/** Files of messages: chosen, pasted or dropped, uploaded, sent, shown and saved. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { askAndClaim, composer, eventually, settled, turns } from './chat.ts'

const fixture = setUpBrowser()

const drafts = (page: Page) => page.getByTestId('draft-file')
const states = (page: Page) => drafts(page).evaluateAll((all) => all.map((file) => file.getAttribute('data-state')))
const untilUploaded = (page: Page, count: number) =>
  eventually(async () => expect(await states(page)).toEqual(Array.from({ length: count }, () => 'uploaded')))
const choose = (page: Page, ...files: readonly { readonly name: string; readonly text: string }[]) =>
  page
    .getByTestId('file-chooser')
    .setInputFiles(files.map(({ name, text }) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })))

/** Pastes a PNG into the message field. */
const pasteImage = (page: Page) =>
  composer(page).evaluate(async (field) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 200 })
    const context = canvas.getContext('2d')
    if (context) Object.assign(context, { fillStyle: 'teal' }).fillRect(0, 0, 300, 200)
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([blob ?? ''], 'picture.png', { type: 'image/png' }))
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })

const problem = (route: Route) =>
  route.fulfill({
    status: 413,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: '/problems/file_too_large',
      title: 'Too large',
      status: 413,
      detail: 'The file is too large: 1 byte is allowed.',
    }),
  })

describe('A file', () => {
  it('24. that is pasted has a thumbnail, is uploaded, and goes with the message, which shows the image', async () => {
    const { page } = await fixture.visitor()
    await composer(page).focus()
    await eventually(async () => {
      if ((await drafts(page).count()) === 0) await pasteImage(page)
      expect(await drafts(page).count()).toBe(1)
    })
    await page.locator('canvas[data-drawn="true"]').waitFor()
    await untilUploaded(page, 1)
    // Files alone are no message.
    expect(await page.getByTestId('send').isDisabled()).toBe(true)
    await page.getByTestId('composer-note').getByText('Write a message').waitFor()
    const answer = await askAndClaim(fixture.model, page, 'What is in this picture?')
    answer.finish()
    await settled(page, 1)
    expect(await drafts(page).count()).toBe(0)
    const image = turns(page).first().getByRole('img', { name: 'picture.png' })
    await eventually(async () => expect(await image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(300))
    await page.reload()
    await eventually(async () => expect(await image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(300))
  })

  it('24. shows its progress, can be cancelled, says why it failed, and can be uploaded again', async () => {
    const { page } = await fixture.visitor()
    const held: Route[] = []
    await page.route('**/v1/uploads', (route) => void held.push(route))
    await choose(page, { name: 'held.txt', text: 'held' })
    await composer(page).fill('Look at it')
    await page.getByRole('progressbar', { name: 'Upload of held.txt' }).waitFor()
    expect(await page.getByTestId('send').isDisabled()).toBe(true)
    await page.getByTestId('composer-note').getByText('when the files are uploaded').waitFor()
    await composer(page).press('Enter')
    expect(await turns(page).count()).toBe(0)
    await page.getByRole('button', { name: 'Cancel the upload of held.txt' }).click()
    await eventually(async () => expect(await drafts(page).count()).toBe(0))
    await page.unroute('**/v1/uploads')

    await page.route('**/v1/uploads', problem)
    await choose(page, { name: 'large.txt', text: 'too much' })
    await drafts(page).getByText('The file is too large: 1 byte is allowed.').waitFor()
    await page.getByTestId('composer-note').getByText('could not be uploaded').waitFor()
    expect(await page.getByTestId('send').isDisabled()).toBe(true)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.unroute('**/v1/uploads')
    await page.getByRole('button', { name: 'Upload large.txt again' }).click()
    await untilUploaded(page, 1)
    await page.getByRole('button', { name: 'Remove large.txt' }).click()
    await eventually(async () => expect(await drafts(page).count()).toBe(0))
    expect(await page.getByTestId('send').isDisabled()).toBe(false)
  })

  it('24. is dropped anywhere on the page, and saved again from the message byte for byte', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'soma-files-'))
    try {
      const { page, context } = await fixture.visitor()
      const file = join(folder, 'notes.txt')
      writeFileSync(file, 'Zeile eins\nline two 😀\n')
      await page.getByTestId('attach').waitFor()
      const session = await context.newCDPSession(page)
      const data = { items: [], files: [file], dragOperationsMask: 1 }
      const drag = (type: 'dragEnter' | 'dragOver' | 'drop') => session.send('Input.dispatchDragEvent', { type, x: 600, y: 200, data })
      await eventually(async () => {
        await drag('dragEnter')
        await drag('dragOver')
        expect(await page.getByTestId('drop-target').isVisible()).toBe(true)
      })
      await drag('drop')
      await untilUploaded(page, 1)
      expect(await page.getByTestId('drop-target').count()).toBe(0)
      const answer = await askAndClaim(fixture.model, page, 'Read the notes')
      answer.finish()
      await settled(page, 1)
      const saved = page.waitForEvent('download')
      await page.getByRole('link', { name: /^Download notes\.txt/ }).click()
      const download = await saved
      expect(download.suggestedFilename()).toBe('notes.txt')
      expect(readFileSync(await download.path(), 'utf8')).toBe('Zeile eins\nline two 😀\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('14. of a draft is kept over a reload and a switch, and by an edit of its message', async () => {
    const { page } = await fixture.visitor()
    await choose(page, { name: 'one.txt', text: 'one' }, { name: 'two.txt', text: 'two' })
    await untilUploaded(page, 2)
    await page.goto('/settings/account')
    await page.goto('/')
    await untilUploaded(page, 2)
    expect(await drafts(page).allTextContents()).toEqual([expect.stringContaining('one.txt'), expect.stringContaining('two.txt')])
    const answer = await askAndClaim(fixture.model, page, 'Compare them', 'Compare')
    answer.finish()
    await settled(page, 1)
    expect(await page.getByTestId('message-files').getByRole('link').count()).toBe(2)
    await page.getByTestId('edit-message').click()
    const editor = turns(page).first().getByRole('textbox')
    await editor.fill('Compare these again')
    const claim = fixture.model.claim('these again')
    await editor.press('Enter')
    ;(await claim).finish()
    await settled(page, 1)
    await page.getByTestId('user-message').getByText('Compare these again').waitFor()
    await eventually(async () => expect(await page.getByTestId('message-files').getByRole('link').count()).toBe(2))
  })

  it('is one of ten at most, and the user is told which are left out', async () => {
    const { page } = await fixture.visitor()
    await choose(page, ...Array.from({ length: 11 }, (_, index) => ({ name: `file ${index}.txt`, text: `${index}` })))
    await page.getByText('A message can have 10 files at most.').waitFor()
    await untilUploaded(page, 10)
  })
})

describe('A long pasted text', () => {
  it('25. can be attached as a file', async () => {
    const { page } = await fixture.visitor()
    await composer(page).focus()
    await page.evaluate((text) => navigator.clipboard.writeText(text).catch(() => undefined), '')
    await composer(page).evaluate((field) => {
      const event = new InputEvent('beforeinput', {
        inputType: 'insertFromPaste',
        data: 'word '.repeat(4_000),
        bubbles: true,
        cancelable: true,
      })
      field.dispatchEvent(event)
    })
    await page.getByTestId('long-text-attach').click()
    await untilUploaded(page, 1)
    expect([await page.getByTestId('long-text').count(), await drafts(page).textContent()]).toEqual([
      0,
      expect.stringMatching(/pasted text\.txt.*20 kB/),
    ])
  })
})

describe('Files on a phone', () => {
  it('fit in German, and pass axe', async () => {
    const { page } = await fixture.visitor({ locale: 'de-DE', viewport: { width: 390, height: 844 }, hasTouch: true })
    await choose(page, { name: `Ein ziemlich langer Name ${'einer Datei '.repeat(8)}.txt`, text: 'x' }, { name: 'kurz.csv', text: 'a,b' })
    await untilUploaded(page, 2)
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.getByTestId('composer-input').fill('Vergleiche diese Dateien.')
    await page.getByTestId('send').click()
    await page.getByTestId('message-files').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
})
