/** The text of a PDF, page by page. */
import { getDocumentProxy } from 'unpdf'
import { type DocumentText, documentLimits } from '../../../shared/document/document.ts'
import { TextBuilder } from '../text-builder.ts'
import { Unreadable } from '../unreadable.ts'

/** The text, with the number of each page. */
export async function pdfText(bytes: Uint8Array): Promise<DocumentText> {
  const document = await open(bytes)
  try {
    const { numPages } = document
    const text = new TextBuilder()
    const pages = Math.min(numPages, documentLimits.pages)
    for (let number = 1; number <= pages && !text.isFull; number += 1) {
      const page = await document.getPage(number)
      const { items } = await page.getTextContent()
      text.break(2)
      if (numPages > 1) text.add(`[Page ${number}]\n`)
      for (const item of items) {
        if (!('str' in item)) continue
        text.add(item.str)
        if (item.hasEOL) text.add('\n')
      }
    }
    const { text: read, isCut } = text.result()
    const hasWords = read.replace(/\[Page \d+\]/g, '').trim() !== ''
    return { text: hasWords ? read : '', isCut: isCut || pages < numPages }
  } finally {
    await document.loadingTask.destroy()
  }
}

async function open(bytes: Uint8Array) {
  try {
    // The library takes the buffer away.
    return await getDocumentProxy(bytes.slice(), { disableFontFace: true, verbosity: 0 })
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException'
    throw new Unreadable(isLocked ? 'The PDF is protected by a password. Upload it without one.' : 'The file is not a valid PDF.')
  }
}
