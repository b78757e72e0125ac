/** The text of a Word file: paragraphs, headings, lists and tables as Markdown. */
import { Parser } from 'htmlparser2'
import type { DocumentText } from '../../../shared/document/document.ts'
import { TextBuilder } from '../text-builder.ts'
import { Unreadable } from '../unreadable.ts'
import { ZipFile } from '../zip.ts'

/** The text of the document. Entities of its own (DTD) are never expanded. */
export async function docxText(bytes: Uint8Array): Promise<DocumentText> {
  const xml = await new ZipFile(bytes).text('word/document.xml')
  if (xml === undefined) throw new Unreadable('The file is not a Word document.')
  const text = new TextBuilder()
  let isText = false
  let cells = 0
  let tables = 0
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'w:t') isText = true
        else if (name === 'w:tab') text.add('\t')
        else if (name === 'w:br' || name === 'w:cr') text.add('\n')
        else if (name === 'w:p' && tables === 0) text.break(2)
        else if (name === 'w:pStyle') text.add(headingOf(attributes['w:val'] ?? ''))
        else if (name === 'w:numPr' && tables === 0) text.add('- ')
        else if (name === 'w:tbl') tables += 1
        else if (name === 'w:tr') {
          cells = 0
          text.break()
        } else if (name === 'w:tc') {
          if (cells > 0) text.add(' | ')
          cells += 1
        }
      },
      ontext(content) {
        if (isText) text.add(content)
      },
      onclosetag(name) {
        if (name === 'w:t') isText = false
        else if (name === 'w:tbl') {
          tables -= 1
          text.break(2)
        } else if (name === 'w:p' && tables > 0) text.add(' ')
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.write(xml)
  parser.end()
  return text.result()
}

/** `Heading2` of English Word, `berschrift2` of German. */
function headingOf(style: string): string {
  const [, level] = /(?:heading|berschrift|titre)\s*([1-6])$/i.exec(style) ?? []
  return level ? `${'#'.repeat(Number(level))} ` : ''
}
