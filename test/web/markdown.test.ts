import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

// There is no DOM here; a browser test covers sanitizing.
vi.mock('../../web/src/markdown/sanitize.ts', () => ({ sanitize: (html: string) => html }))
const { toBlocks } = await import('../../web/src/markdown/blocks.ts')
type Document = ReturnType<typeof toBlocks>

const sample = [
  '# Title',
  'A **bold** word, `code` and a [link](https://example.com).',
  '- one\n- two\n  - three',
  '```ts\nconst a = 1\n\nconst b = "**"\n```',
  '| a | b |\n| --- | ---: |\n| 1 | 2 |',
  '> quoted',
  '1. install\n\n   ```sh\n   npm start\n   ```\n\n2. go\n   - on\n\n     ```\n     deeper\n     ```',
  '> so\n>\n> ```js\n> said()\n> ```',
  'The end.',
].join('\n\n')

/** The blocks at each cut while `text` arrives. */
function stream(text: string, cuts: readonly number[]): Document[] {
  const documents: Document[] = []
  for (const cut of [...cuts].sort((a, b) => a - b)) documents.push(toBlocks(documents.at(-1) ?? null, text.slice(0, cut), false))
  return [...documents, toBlocks(documents.at(-1) ?? null, text, true)]
}

describe('toBlocks', () => {
  it('returns the same blocks for any chunks', () => {
    const blocks = toBlocks(null, sample, true).blocks
    fc.assert(
      fc.property(fc.array(fc.nat({ max: sample.length }), { maxLength: 40 }), (cuts) => {
        expect(stream(sample, cuts).at(-1)?.blocks).toEqual(blocks)
      }),
    )
  })

  it('never changes a frozen block', () => {
    const steps = stream(
      sample,
      Array.from({ length: sample.length }, (_, index) => index),
    )
    steps.reduce((before, after) => {
      before.frozen.forEach((block, index) => {
        expect(after.blocks[index]).toEqual(block)
      })
      return after
    })
  })

  it('never shows the markers of unfinished syntax', () => {
    for (const { blocks } of stream(
      sample,
      Array.from({ length: sample.length }, (_, index) => index),
    )) {
      for (const block of blocks) {
        if (block.kind === 'html') expect(block.html.replace(/<[^>]*>/g, '')).not.toMatch(/\*\*|```|\]\(|\||^#/)
        if (block.kind === 'code') expect(block.text).not.toMatch(/`/)
      }
    }
  })

  it('keeps code unchanged and knows when its fence has closed', () => {
    const start = sample.indexOf('const b')
    expect(toBlocks(null, sample.slice(0, start), false).blocks.at(-1)).toMatchObject({ kind: 'code', language: 'ts', closed: false })
    const code = toBlocks(null, sample, true).blocks.find((block) => block.kind === 'code')
    expect(code).toMatchObject({ text: 'const a = 1\n\nconst b = "**"', closed: true })
  })

  it('makes code in lists and quotations a separate block', () => {
    const list = toBlocks(null, sample, true).blocks.find((block) => block.kind === 'ol')
    expect(list).toMatchObject({
      start: 1,
      items: [
        [{ kind: 'html' }, { kind: 'code', language: 'sh', text: 'npm start', closed: true }],
        [{ kind: 'html' }, { kind: 'ul', items: [[{ kind: 'html' }, { kind: 'code', text: 'deeper' }]] }],
      ],
    })
    const quote = toBlocks(null, sample, true).blocks.find((block) => block.kind === 'quote')
    expect(quote).toMatchObject({ blocks: [{ kind: 'html' }, { kind: 'code', language: 'js', text: 'said()' }] })
  })

  it('resolves links with a definition at the end', () => {
    const text = 'See [the plan][1].\n\nMore.\n\nMore still.\n\n[1]: https://example.com/plan'
    const last = stream(text, [20, 30, 40]).at(-1)?.blocks[0]
    expect(last).toMatchObject({ kind: 'html', html: expect.stringContaining('href="https://example.com/plan"') })
  })

  it('renders images as links', () => {
    const [block] = toBlocks(null, '![a "chart"](https://example.com/x.png)', true).blocks
    expect(block).toMatchObject({ html: expect.not.stringContaining('<img') })
  })
})
