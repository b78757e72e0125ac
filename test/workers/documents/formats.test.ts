/** The texts of documents, and hostile documents. */
import { describe, expect, it } from 'vitest'
import { documentLimits } from '../../../shared/document/document.ts'
import { docxText } from '../../../workers/documents/formats/docx.ts'
import { htmlText } from '../../../workers/documents/formats/html.ts'
import { pdfText } from '../../../workers/documents/formats/pdf.ts'
import { plainText } from '../../../workers/documents/formats/plain.ts'
import { xlsxText } from '../../../workers/documents/formats/xlsx.ts'
import { ZipFile } from '../../../workers/documents/zip.ts'
import { docx, paragraph, pdf, xlsx, zip } from './files.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = async (read: { text: string } | Promise<{ text: string }>) => (await read).text.trim()

describe('A PDF', () => {
  it('has the text of its pages', async () => {
    expect(await textOf(pdfText(pdf(['First page', 'Second page'])))).toBe('[Page 1]\nFirst page\n\n[Page 2]\nSecond page')
    expect(await textOf(pdfText(pdf(['Only page'])))).toBe('Only page')
  })

  it('of pictures has no text', async () => {
    expect(await textOf(pdfText(pdf(['', ''])))).toBe('')
  })

  it.each([
    ['that is no PDF', bytes('hello')],
    ['without a page tree', bytes('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF')],
    ['that is cut', pdf(['x']).slice(0, 300)],
    ['with a tree that contains itself', bytes(new TextDecoder('latin1').decode(pdf(['x'])).replace('/Kids [4 0 R]', '/Kids [2 0 R]'))],
  ])('%s is refused, or has no text', async (_, file) => {
    const text = await pdfText(file).then(
      ({ text }) => text,
      (error: Error) => error.message,
    )
    expect(text).toMatch(/^$|not a valid PDF|Invalid|circular|Page|page/)
  })
})

describe('A web page', () => {
  it('has its text as Markdown, without what does not show', () => {
    const page = `<html><head><title>Tea</title><style>p{}</style></head><body><script>alert(1)</script><h2>Tea &amp; cake</h2>
      <p>One <b>two</b>
      three</p><table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table><template>no</template></body></html>`
    const { text } = htmlText(bytes(page))
    expect(text).toContain('# Tea\n\n## Tea & cake\n\nOne **two** three')
    expect(text).toMatch(/\| x \| y \|/)
    expect(text).not.toMatch(/alert|p\{|no$/)
  })

  it('ends where it is nested too deeply', () => {
    const deep = (count: number) => bytes(`start${'<div>'.repeat(count)}deep${'</div>'.repeat(count)}`)
    expect(htmlText(deep(1_000)).text).toContain('deep')
    expect(htmlText(deep(100_000)).text.trim()).toBe('start')
  })
})

describe('A Word file', () => {
  it('has its paragraphs, headings, lists and tables', async () => {
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`
    const body = `${paragraph('Title', 'Heading1')}${paragraph('Grüße &amp; mehr')}<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>item</w:t></w:r></w:p>
      <w:tbl><w:tr>${cell('a')}${cell('b')}</w:tr><w:tr>${cell('c')}${cell('d')}</w:tr></w:tbl>${paragraph('after')}`
    const text = await textOf(docxText(docx(body)))
    expect(text.replace(/ +$/gm, '')).toBe('# Title\n\nGrüße & mehr\n\n- item\na  | b\nc  | d\n\nafter')
  })

  it('never expands entities of its own', async () => {
    const laughs = `<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>`
    const text = await textOf(docxText(docx(paragraph('x &b; &c; y'), laughs)))
    expect(text).not.toMatch(/ha|root:/)
    expect(text).toMatch(/^x .* y$/)
  })

  it('that is none is refused', async () => {
    await expect(docxText(zip([{ name: 'a.txt', content: 'x' }]))).rejects.toThrow('The file is not a Word document.')
    await expect(docxText(bytes('PK'))).rejects.toThrow('not a valid ZIP')
  })
})

describe('An Excel file', () => {
  it('has the values of its cells', async () => {
    const rows = `<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="b"><v>1</v></c></row>
      <row><c r="A2"><v>1.5</v></c><c r="B2" t="inlineStr"><is><t>in\nline</t></is></c><c r="C2"><f>A2*2</f><v>3</v></c></row>
      <row><c r="XFD3" t="s"><v>99</v></c><c r="A4" t="e"><v>#DIV/0!</v></c></row>`
    const text = await textOf(xlsxText(xlsx(rows, ['Name &lt;b&gt;'])))
    expect(text.split('\n').slice(0, 3)).toEqual(['## Prices & more', 'Name <b>\t\tTRUE', '1.5\tin line\t3'])
    expect(text.length).toBeLessThan(200)
  })

  it('that is none is refused', async () => {
    await expect(xlsxText(zip([{ name: 'word/document.xml', content: '<a/>' }]))).rejects.toThrow('not an Excel workbook')
  })
})

describe('A ZIP file', () => {
  it('is inflated up to the limit, whatever its header says', async () => {
    const zeros = new Uint8Array(documentLimits.inflatedBytes + 1)
    for (const claimedSize of [zeros.length, 10]) {
      const bomb = zip([{ name: 'word/document.xml', content: zeros, claimedSize }])
      expect(bomb.length).toBeLessThan(100_000)
      await expect(docxText(bomb)).rejects.toThrow(/more than 50000000 bytes/)
    }
  })

  it.each([
    ['is encrypted', zip([{ name: 'a', content: 'x', flags: 1 }]), 'encrypted'],
    ['has too many files', zip(Array.from({ length: 2_001 }, (_, index) => ({ name: `${index}`, content: '' }))), 'more than 2000 files'],
    ['ends early', zip([{ name: 'a', content: 'x' }]).slice(0, -30), 'not a valid ZIP'],
  ])('that %s is refused', (_, file, message) => {
    expect(() => new ZipFile(file)).toThrow(message)
  })

  it('with a damaged file is refused', async () => {
    const file = zip([{ name: 'a', content: 'x'.repeat(1_000) }])
    file.set([0xff, 0xff, 0xff], 31)
    await expect(new ZipFile(file).text('a')).rejects.toThrow('damaged')
    await expect(new ZipFile(file).text('b')).resolves.toBeUndefined()
  })
})

describe('A text file', () => {
  it('is UTF-8, or what its byte order mark says', () => {
    expect(plainText(bytes('\ufeffä')).text).toBe('ä')
    expect(plainText(new Uint8Array([0xff, 0xfe, 0xe4, 0])).text).toBe('ä')
    expect(plainText(new Uint8Array([0x61, 0xff])).text).toBe('a\ufffd')
  })
})
