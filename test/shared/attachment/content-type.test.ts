/** Media types by content, file names, and ranges. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentTypeOf } from '../../../shared/attachment/content-type.ts'
import { cleanFileName, contentDisposition } from '../../../shared/attachment/file-name.ts'
import { matchesType } from '../../../shared/settings/uploads.ts'

const bytes = (...values: number[]) => new Uint8Array(values)
const text = (value: string) => new TextEncoder().encode(value)

describe('The type of a file', () => {
  it('follows its content, not its name', async () => {
    assert.equal(
      await contentTypeOf(bytes(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52), 'a.txt'),
      'image/png',
    )
    assert.equal(await contentTypeOf(text('%PDF-1.7\n'), 'a.png'), 'application/pdf')
    assert.equal(await contentTypeOf(text('hello'), 'a.png'), 'text/plain')
    assert.equal(await contentTypeOf(bytes(0x4d, 0x5a, 0x90, 0, 3, 0), 'letter.pdf'), 'application/x-msdownload')
    assert.equal(await contentTypeOf(bytes(0, 1, 2, 3), 'a.txt'), 'application/octet-stream')
    assert.equal(await contentTypeOf(bytes(), 'empty.md'), 'text/markdown')
  })

  it('follows the name between formats of text, and of ZIP', async () => {
    assert.equal(await contentTypeOf(text('# Title'), 'README.MD'), 'text/markdown')
    assert.equal(await contentTypeOf(text('a,b'), 'table.csv'), 'text/csv')
    assert.equal(await contentTypeOf(text('<p>'), 'page.html'), 'text/html')
    const zip = bytes(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0)
    assert.match(await contentTypeOf(zip, 'letter.docx'), /wordprocessingml/)
    assert.equal(await contentTypeOf(zip, 'letter.md'), 'application/zip')
  })

  it('keeps a character that the head cuts', async () => {
    assert.equal(await contentTypeOf(text('äöü').subarray(0, 5), 'a'), 'text/plain')
  })

  it('matches a pattern, or a group', () => {
    assert.equal(matchesType('image/png', ['image/*']), true)
    assert.equal(matchesType('imagex/png', ['image/*']), false)
    assert.equal(matchesType('text/csv', ['text/cs']), false)
  })
})

describe('A file name', () => {
  for (const [sent, name] of [
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\a\\letter.docx', 'letter.docx'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x\0.txt', 'aSet-Cookie: x.txt'],
    ['..', 'file'],
    [' ', 'file'],
    ['', 'file'],
  ] as const)
    it(`${JSON.stringify(sent)} becomes ${JSON.stringify(name)}`, () => assert.equal(cleanFileName(sent), name))

  it('keeps its ending when it is cut', () => {
    const name = cleanFileName(`${'ä'.repeat(300)}.docx`)
    assert.equal(name.length, 255)
    assert.match(name, /ä\.docx$/)
  })

  it('is one header of a download', () => {
    assert.equal(contentDisposition('a"b\\ü%.txt'), `attachment; filename="a_b___.txt"; filename*=UTF-8''a%22b%5C%C3%BC%25.txt`)
  })
})
