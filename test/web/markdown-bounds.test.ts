/** L8. The cost of markdown is bounded, also for adversarial text. The bounds do not change other texts. */
import fc from 'fast-check'
import { Lexer } from 'marked'
import { describe, expect, it, vi } from 'vitest'

// There is no DOM here; a browser test covers sanitizing.
vi.mock('../../web/src/markdown/sanitize.ts', () => ({ sanitize: (html: string) => html }))
const { maxPieceUnits, toBlocks } = await import('../../web/src/markdown/blocks.ts')
const { toPieces } = await import('../../web/src/markdown/pieces.ts')
const { dialect } = await import('../../web/src/markdown/dialect.ts')
type Block = ReturnType<typeof toBlocks>['blocks'][number]

/** Everything that a block shows, as text. */
const textOf = (block: Block): string => {
  switch (block.kind) {
    case 'html':
      return block.html.replace(/<[^>]*>/g, '')
    case 'code':
    case 'plain':
      return block.text
    case 'quote':
    case 'note':
      return block.blocks.map(textOf).join('\n')
    case 'details':
      return [block.summary, ...block.blocks.map(textOf)].join('\n')
    default:
      return block.items.flat().map(textOf).join('\n')
  }
}

/** Texts for which a naive parser is quadratic, worse, or recurses too deep. Each has a start, a part that repeats, and an end. */
const families: readonly (readonly [string, string, string])[] = [
  ['', '_a_b', ''],
  ['', '*a_', ''],
  ['', '**_a', 'x'],
  ['', '__a', ''],
  ['', 'a*', ''],
  ['', '*a **b ', ''],
  ['', '[', ''],
  ['', '[a](', ''],
  ['', '![', ''],
  ['', '`a``', ''],
  ['', '<a b="', ''],
  ['', '<!--', ''],
  ['', '~~a', ''],
  ['', '\\', 'x'],
  ['', 'http://a(', ''],
  ['', '[\n', ''],
  ['', '[a]: b "\n', ''],
  ['', 'a\n-\n', ''],
  ['', '> ', 'x'],
  ['', '>', 'x'],
  ['', '- ', 'x'],
  ['', '1. ', 'x'],
  ['', '> a\nb\n', ''],
  ['- ', 'a\n', ''],
  ['- ', '|a\n', ''],
  ['- ', '``\n', ''],
  ['> ', '\n ', 'x'],
  ['x|y\n-|-\n', '|a', ''],
  ['x|y\n-|-\n', '|a\n', ''],
  ['|a\n', ' ', 'x'],
  ['', '_a_b_a_b\n\n', ''],
  ['', '- a\n- b\n\n', ''],
  ['```\n', '```` \n', 'x'],
  ['', ' \n', 'x'],
  ['', '$', ''],
  ['', '$a', ''],
  ['', '$$a', ''],
  ['', '\\(a', ''],
  ['', '\\[', ''],
  ['', '\n$$', ''],
  ['', '<sub>', ''],
  ['', '<sub>a</sub>', ''],
  ['', '<details>\n', ''],
  ['', '[^a]', ''],
  ['', '[^a]: b\n', ''],
  ['', '**中', ''],
]

const expand = ([start, part, end]: readonly [string, string, string], units: number) =>
  start + part.repeat(Math.ceil(units / part.length)) + end

/** The shorter time of two runs. Milliseconds. */
function timeOf(run: () => void): number {
  const times = [0, 1].map(() => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}

const prose = 'A **bold** word, `code`, a [link](https://example.com) and more of the plain text that an answer has.\n\n'

describe('L8. The work for markdown', () => {
  it('is at most a constant factor of that for prose, for 160,000 units of each family', () => {
    const text = prose.repeat(160_000 / prose.length)
    toBlocks(null, text, true)
    const base = timeOf(() => toBlocks(null, text, true))
    // Quadratic work takes a thousand times as long.
    for (const family of families) {
      const paragraph = expand(family, 40_000)
      for (const adversarial of [expand(family, 160_000), [paragraph, paragraph, paragraph, paragraph].join('\n\n')]) {
        expect([family, timeOf(() => toBlocks(null, adversarial, true)) < 100 * base]).toEqual([family, true])
      }
    }
  }, 120_000)

  it('is bounded for each update of a stream, which lexes only the last piece', () => {
    const lex = vi.spyOn(Lexer.prototype, 'lex')
    const texts = [
      prose.repeat(2_000),
      '- an item of a list that does not end\n'.repeat(5_000),
      'word '.repeat(40_000),
      '_a_b'.repeat(50_000),
      '| a | b |\n| --- | --- |\n'.concat('| 1 | 2 |\n'.repeat(20_000)),
      '> quoted\n'.repeat(20_000),
    ]
    for (const text of texts) {
      let document = toBlocks(null, '', false)
      for (let cut = 0; cut < text.length; cut += 4_000) {
        lex.mockClear()
        document = toBlocks(document, text.slice(0, cut), false)
        const units = lex.mock.calls.reduce((sum, [source]) => sum + source.length, 0)
        expect(units).toBeLessThanOrEqual(2 * maxPieceUnits + 4_000)
      }
    }
    lex.mockRestore()
  }, 60_000)

  it('of an unfinished table row does not depend on spaces', () => {
    const base = timeOf(() => toBlocks(null, `|a\n${'b'.repeat(40_000)}x`, false))
    const spaces = timeOf(() => toBlocks(null, `|a\n${' '.repeat(40_000)}x`, false))
    expect(spaces).toBeLessThan(100 * Math.max(base, 1))
  })
})

describe('L8. A text that costs too much', () => {
  it.each(families.map((family) => [family]))('is shown completely: %j', (family) => {
    const text = expand(family, 20_000)
    const letters = (source: string) => source.replace(/[^a-z]/g, '').length
    const { blocks } = toBlocks(null, text, true)
    expect(blocks.length).toBeGreaterThanOrEqual(0)
    // A table drops the cells beyond its columns.
    if (!/[<[]/.test(text) && family[1] !== '|a') expect(letters(blocks.map(textOf).join('\n').replace(/&\w+;/g, ''))).toBe(letters(text))
  })

  it('is plain beyond 50,000 units of one block, and the blocks beside it are not', () => {
    const long = '_a_b '.repeat(12_000)
    const { blocks } = toBlocks(null, `# Title\n\n${long}\n\nThe *end*.`, true)
    expect(blocks.map(({ kind }) => kind)).toEqual(['html', 'plain', 'html'])
    expect(blocks[1]).toMatchObject({ text: `${long}\n\n` })
  })

  it('is code of any length in a fence', () => {
    const code = '_a_b[`<\n'.repeat(25_000)
    const { blocks } = toBlocks(null, `Here:\n\`\`\`js\n${code}\`\`\`\nThe end.`, true)
    expect(blocks).toMatchObject([{ kind: 'html' }, { kind: 'code', language: 'js', closed: true }, { kind: 'html' }])
    expect(blocks[1]).toMatchObject({ text: code.trimEnd() })
  })
})

describe('Pieces', () => {
  const lines = [
    '# Title',
    'Some text',
    '**bold** _and_',
    '- item',
    '  more',
    '  ```',
    '   ```',
    '- ```',
    '1. one',
    '2. two',
    '12',
    '    indented',
    '> quote',
    '> ```',
    '```',
    '```js',
    '````',
    '~~~',
    '``` a`b',
    '| a | b |',
    '| --- | --- |',
    '| 1 | 2 |',
    '---',
    '===',
    '<div>',
    '<pre>',
    '</pre>',
    '<!-- note',
    '-->',
    '<?php',
    '<details>',
    '<summary>more</summary>',
    '</details>',
    '$$',
    '\\[ x',
    'y \\] $z$',
    '[^1]: a note',
    'said[^1]',
    '* ',
    '+',
    '',
    '',
    '',
    ' ',
  ]
  const source = fc.array(fc.constantFrom(...lines), { maxLength: 14 }).map((chosen) => chosen.join('\n'))
  const html = (blocks: readonly Block[]) => blocks.map((block) => (block.kind === 'html' ? block.html : JSON.stringify(block))).join('')

  it('are the source text when they are joined', () => {
    fc.assert(
      fc.property(source, (text) => {
        expect(
          toPieces(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  it('have the blocks of the whole text', () => {
    fc.assert(
      fc.property(source, (text) => {
        const tokens = dialect.lexer(text)
        const pieceTokens = toPieces(text).flatMap((piece) => dialect.lexer(piece.text))
        expect(dialect.parser(pieceTokens)).toBe(dialect.parser(tokens))
      }),
      { numRuns: 3_000, seed: 8 },
    )
  })

  it('have the same blocks for any chunks', () => {
    fc.assert(
      fc.property(source, fc.array(fc.nat({ max: 100 }), { maxLength: 12 }), (text, cuts) => {
        let document: ReturnType<typeof toBlocks> | null = null
        for (const cut of cuts.toSorted((a, b) => a - b)) document = toBlocks(document, text.slice(0, cut), false)
        expect(html(toBlocks(document, text, true).blocks)).toBe(html(toBlocks(null, text, true).blocks))
      }),
      { numRuns: 1_000, seed: 8 },
    )
  })
})
