/** Forms with files, read as streams. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MalformedMultipart, multipartBoundary, multipartParts } from '../../../shared/lib/multipart.ts'

const encoder = new TextEncoder()

/** `text` as a stream of chunks of `size` bytes. */
function streamOf(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = encoder.encode(text)
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(offset, offset + size))
      offset += size
    },
  })
}

async function read(text: string, size = text.length, boundary = 'b') {
  const parts: { name: string; filename: string | undefined; text: string }[] = []
  for await (const { name, filename, body } of multipartParts(streamOf(text, size), boundary)) {
    let content = ''
    const decoder = new TextDecoder()
    for await (const chunk of body) content += decoder.decode(chunk, { stream: true })
    parts.push({ name, filename, text: content })
  }
  return parts
}

const part = (disposition: string, content: string) => `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`

describe('A form', () => {
  const content = 'one\r\n-b\r\n--\r\n\r\ntwo\r\n--'
  const form = `${part('name="session_id"', 'first')}${part('name="files[]"; filename="a \\"b\\" %22c%22 ü.txt"', content)}--b--\r\n`

  it('has the same parts however it is cut', async () => {
    for (const size of [1, 2, 3, 7, 64, 10_000])
      assert.deepEqual(await read(form, size), [
        { name: 'session_id', filename: undefined, text: 'first' },
        { name: 'files[]', filename: 'a "b" "c" ü.txt', text: content },
      ])
  })

  it('may begin with text, and have empty parts', async () => {
    assert.deepEqual(await read(`ignored\r\n${part('name=files; filename=""', '')}--b--`), [{ name: 'files', filename: '', text: '' }])
  })

  for (const [what, text] of [
    ['ends early', part('name="a"', 'x')],
    ['has no boundary', 'hello'],
    ['has a part without a name', `${part('filename="x"', 'x')}--b--`],
    ['has a part of another kind', '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--b--'],
    ['has endless headers', `--b\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`],
    ['has something after a boundary', '--bX\r\n\r\n--b--'],
    ['has too many parts', `${part('name="a"', 'x').repeat(51)}--b--`],
  ] as const)
    it(`is refused if it ${what}`, async () => {
      await assert.rejects(read(text), MalformedMultipart)
    })

  it('skips a part that nobody reads', async () => {
    const names: string[] = []
    for await (const { name } of multipartParts(streamOf(form, 9), 'b')) names.push(name)
    assert.deepEqual(names, ['session_id', 'files[]'])
  })
})

describe('A boundary', () => {
  it('is in the content type, with or without quotes', () => {
    assert.equal(multipartBoundary('multipart/form-data; boundary=x1'), 'x1')
    assert.equal(multipartBoundary('Multipart/Form-Data; charset=utf-8; boundary="a b"'), 'a b')
    for (const type of [
      'multipart/form-data',
      'multipart/mixed; boundary=x',
      'application/json',
      `multipart/form-data; boundary=${'x'.repeat(71)}`,
    ])
      assert.equal(multipartBoundary(type), type.includes('xxx') ? 'x'.repeat(70) : null)
  })
})
