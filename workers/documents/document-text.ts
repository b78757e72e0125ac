/** The entrypoint: the text of one document. It keeps nothing of a call. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import {
  type DocumentReader,
  type DocumentRefusal,
  documentFormats,
  documentLimits,
  type DocumentText as Extracted,
} from '../../shared/document/document.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { docxText } from './formats/docx.ts'
import { htmlText } from './formats/html.ts'
import { pdfText } from './formats/pdf.ts'
import { plainText } from './formats/plain.ts'
import { xlsxText } from './formats/xlsx.ts'
import { Unreadable } from './unreadable.ts'

/** Each returns the text, of which more than `documentLimits.units` may be missing. Throws `Unreadable`. */
const readers = { pdf: pdfText, html: htmlText, docx: docxText, xlsx: xlsxText, text: plainText }

export class DocumentText extends WorkerEntrypoint implements DocumentReader {
  async extract(bytes: Uint8Array, mime: string): Promise<Result<Extracted, DocumentRefusal>> {
    const format = Object.hasOwn(documentFormats, mime) ? documentFormats[mime] : undefined
    if (!format) return fail(`Files of the type ${mime} have no text that can be read.`)
    if (bytes.length > documentLimits.bytes)
      return fail(`The file has ${bytes.length} bytes. Documents are read up to ${documentLimits.bytes} bytes.`)
    try {
      const { text, isCut } = await readers[format](bytes)
      const clean = text.toWellFormed().replace(/\r\n?/g, '\n').replaceAll('\0', '').trim()
      if (clean === '') return fail(format === 'pdf' ? 'The file has no text. It may be a scan.' : 'The file has no text.')
      return ok({ text: clean.slice(0, documentLimits.units), isCut: isCut || clean.length > documentLimits.units })
    } catch (error) {
      if (error instanceof Unreadable) return fail(error.message)
      // A library met something that it does not know. Its message may quote the document.
      return fail('The file is damaged, or uses something that cannot be read.')
    }
  }
}
