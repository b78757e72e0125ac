/** The cells of an Excel file: each sheet as lines of tab-separated values. */
import { Parser } from 'htmlparser2'
import { type DocumentText, documentLimits } from '../../../shared/document/document.ts'
import { TextBuilder } from '../text-builder.ts'
import { Unreadable } from '../unreadable.ts'
import { ZipFile } from '../zip.ts'

/** Empty cells that one gap may have. A cell far to the right costs no more. */
const maxGap = 50

/** The values as Excel stored them: of formulas, their last result. Entities of its own (DTD) are never expanded. */
export async function xlsxText(bytes: Uint8Array): Promise<DocumentText> {
  const zip = new ZipFile(bytes)
  const sheets = zip.names.filter((name) => /^xl\/worksheets\/[^/]+\.xml$/.test(name)).sort(byNumber)
  if (sheets.length === 0) throw new Unreadable('The file is not an Excel workbook.')
  const names = sheetNames((await zip.text('xl/workbook.xml')) ?? '')
  const shared = sharedStrings((await zip.text('xl/sharedStrings.xml')) ?? '')
  const text = new TextBuilder()
  for (const [index, sheet] of sheets.entries()) {
    if (text.isFull) break
    text.break(2)
    text.add(`## ${names[index] ?? `Sheet ${index + 1}`}\n`)
    addSheet(text, (await zip.text(sheet)) ?? '', shared)
  }
  return text.result()
}

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

function parse(xml: string, handler: ConstructorParameters<typeof Parser>[0]): void {
  const parser = new Parser(handler, { xmlMode: true, decodeEntities: true })
  parser.write(xml)
  parser.end()
}

function sheetNames(xml: string): string[] {
  const names: string[] = []
  parse(xml, { onopentag: (name, attributes) => void (name === 'sheet' && names.push(attributes.name ?? '')) })
  return names
}

/** The texts that cells name by number. */
function sharedStrings(xml: string): string[] {
  const strings: string[] = []
  let units = 0
  let isText = false
  parse(xml, {
    onopentag(name) {
      if (name === 'si') strings.push('')
      isText = name === 't'
    },
    ontext(text) {
      if (!isText || strings.length === 0 || units > documentLimits.units) return
      units += text.length
      strings[strings.length - 1] += text
    },
    onclosetag: () => {
      isText = false
    },
  })
  return strings
}

function addSheet(text: TextBuilder, xml: string, shared: readonly string[]): void {
  let column = 0
  let type = ''
  let value = ''
  let isValue = false
  parse(xml, {
    onopentag(name, attributes) {
      if (name === 'row') {
        column = 0
        text.break()
      } else if (name === 'c') {
        const at = columnOf(attributes.r ?? '') ?? column + 1
        text.add('\t'.repeat(Math.min(Math.max(at - Math.max(column, 1), 0), maxGap)))
        column = at
        type = attributes.t ?? ''
        value = ''
      }
      isValue = name === 'v' || name === 't'
    },
    ontext(content) {
      if (isValue) value += content
    },
    onclosetag(name) {
      isValue = false
      if (name === 'c') text.add(valueText(type, value, shared).replace(/[\t\r\n]+/g, ' '))
    },
  })
}

function valueText(type: string, value: string, shared: readonly string[]): string {
  if (type === 's') return shared[Number(value)] ?? ''
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE'
  return value
}

/** The number of the column in a reference such as `AB12`. */
function columnOf(reference: string): number | undefined {
  const [letters] = /^[A-Z]{1,3}/.exec(reference) ?? []
  return letters === undefined ? undefined : [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0)
}
