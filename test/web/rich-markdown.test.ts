/** Formulas, footnotes, HTML and emphasis in answers. */
import { describe, expect, it, vi } from 'vitest'

// There is no DOM here; a browser test covers sanitizing.
vi.mock('../../web/src/markdown/sanitize.ts', () => ({ sanitize: (html: string) => html }))
const { toBlocks } = await import('../../web/src/markdown/blocks.ts')
const { formulaAt, scanFormulas, texOf } = await import('../../web/src/markdown/formula.ts')
const { messageParts } = await import('../../web/src/markdown/message-parts.ts')
type Block = ReturnType<typeof toBlocks>['blocks'][number]

const html = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => {
      if (block.kind === 'html') return block.html
      if (block.kind === 'note') return `[note ${block.label}: ${html(block.blocks)}]`
      if (block.kind === 'details') return `[details ${block.summary}: ${html(block.blocks)}]`
      if (block.kind === 'quote') return html(block.blocks)
      return 'items' in block ? block.items.map(html).join('') : block.text
    })
    .join('')

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replace(/&#39;/g, "'")
const rendered = (text: string) => html(toBlocks(null, text, true).blocks)
/** The sources of the formulas in an answer. */
const formulas = (text: string) =>
  Array.from(rendered(text).matchAll(/<span class="math"[^>]*>([^<]*)<\/span>/g), ([, raw = '']) => unescaped(raw))
const text = (blocks: readonly Block[]) => unescaped(html(blocks).replace(/<[^>]*>/g, ''))

/** What is shown at each cut while `source` arrives, one unit at a time. */
function* arriving(source: string): Generator<string> {
  let document: ReturnType<typeof toBlocks> | null = null
  for (let cut = 1; cut <= source.length; cut += 1) {
    document = toBlocks(document, source.slice(0, cut), false)
    yield html(document.blocks)
  }
  yield html(toBlocks(document, source, true).blocks)
}

describe('A formula', () => {
  it.each([
    ['A \\(a^2+b^2=c^2\\) here', ['\\(a^2+b^2=c^2\\)']],
    ['So \\[ \\int_0^1 x\\,dx \\] it is', ['\\[ \\int_0^1 x\\,dx \\]']],
    ['$$\nx = \\frac{1}{2}\n$$', ['$$\nx = \\frac{1}{2}\n$$']],
    ['Inline $$a+b$$ too', ['$$a+b$$']],
    ['The area $\\pi r^2$ and $x$.', ['$\\pi r^2$', '$x$']],
    ['**bold $x*y*z$ end**', ['$x*y*z$']],
    ['$a_1$ and _so_ $b_2$', ['$a_1$', '$b_2$']],
    ['- first\n  \\[\n  a\n  - b\n  \\]\n- $c$', ['\\[\na\n- b\n\\]', '$c$']],
    ['| f | g |\n|---|---|\n| $x^2$ | \\(y\\) |', ['$x^2$', '\\(y\\)']],
    ['Thus\n$$\na\n= b\n$$\nand so on', ['$$\na\n= b\n$$']],
    ['> quoted \\(q\\)', ['\\(q\\)']],
    ['# Title $t$', ['$t$']],
    ['$a < b$', ['$a < b$']],
    ['$\\$5$', ['$\\$5$']],
    ['2$x$', ['$x$']],
  ])('is found in %j', (source, expected) => {
    expect(formulas(source)).toEqual(expected)
  })

  it.each([
    'It costs $5 and $10.',
    'Between $5-$10, or US$20.',
    'From $1,000 to $2,000',
    'Set $HOME and $PATH.',
    'A single $ sign, and $ another',
    'Restaurants: $$ or $$$',
    'From $$ to $$',
    '`$x$` and `\\(y\\)`',
    '```\n$x$ \\[ y \\]\n```',
    'Use $a and `b$`',
    '\\$x\\$ stays',
    '$ x$ and $x $',
    '$x$5',
    'An unclosed \\(x and\n\nanother \\)',
    '\\\\(x\\\\)',
    '$$ a\n\n b $$',
  ])('is none in %j', (source) => {
    expect(formulas(source)).toEqual([])
  })

  it('keeps the text around prices', () => {
    expect(text(toBlocks(null, 'It costs $5 and $10 or $x$.', true).blocks).trim()).toBe('It costs $5 and $10 or $x$.')
  })

  it('is known without its delimiters', () => {
    expect(['$x$', '$$y$$', '\\(z\\)', '\\[w\\]'].map(texOf)).toEqual(['x', 'y', 'z', 'w'])
    expect(formulaAt('a $x$', 2)).toEqual({ raw: '$x$', display: false })
    expect(formulaAt('a $x$', 0)).toBeNull()
  })

  it('is scanned as it is parsed: not in code, nor after a backslash', () => {
    expect(scanFormulas('`$a$` $b$ \\$c$ \\(d\\)').formulas.map(({ raw }) => raw)).toEqual(['$b$', '\\(d\\)'])
  })

  it.each([
    'Euler: \\(e^{i\\pi}+1=0\\), then **bold** text.',
    'A sum \\[ \\sum_{k=1}^n k^2 \\] ends.',
    'Inline $x_1 + y*2$ and *soft* $\\frac{a}{b}$ end.',
    'Before\n\n$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$\n\nafter.',
    '- item $a_b$\n- item \\(c_d\\)\n\nEnd.',
    '**All of $x^2$ bold** end.',
  ])('never flashes while it arrives: %j', (source) => {
    for (const shown of arriving(source)) {
      const outside = unescaped(shown.replace(/<span class="math"[^>]*>[^<]*<\/span>/g, '').replace(/<[^>]*>/g, ''))
      expect(outside).not.toMatch(/[\\$^_{}*]|&amp;/)
    }
  })

  it('that does not close takes no later text, also while it arrives', () => {
    for (const opener of ['\\(x + 1', '\\[ x + 1', '$$ x + 1', '$x + 1', '$5 + 1']) {
      const source = `Before ${opener}\n\nLater text.`
      expect(text(toBlocks(null, source, false).blocks)).toContain('Later text.')
      expect(text(toBlocks(null, source, false).blocks)).toContain('x + 1'.slice(opener.includes('5') ? 1 : 0))
    }
    expect(text(toBlocks(null, `Before \\(${'word '.repeat(200)}`, false).blocks)).toContain('word word')
  })

  it('shows a price at once while it arrives', () => {
    expect(text(toBlocks(null, 'It costs $5 or', false).blocks).trim()).toBe('It costs $5 or')
  })
})

describe('A footnote', () => {
  const source = 'First[^b] and second[^a], again[^b].\n\n[^a]: The *first* definition.\n[^b]: The second,\n    continued.\n\nMore text.'

  it('is numbered by its first reference, and its definition leaves the text', () => {
    const { blocks, notes } = toBlocks(null, source, true)
    expect(notes).toEqual(['b', 'a'])
    expect(html(blocks)).toMatch(/First<sup class="note-reference"><a href="#note-1" data-note="1" aria-label="Footnote 1">1<\/a><\/sup>/)
    expect(Array.from(html(blocks).matchAll(/data-note="(\d)"/g), ([, number]) => number)).toEqual(['1', '2', '1'])
    const found = blocks.filter((block) => block.kind === 'note')
    expect(found).toMatchObject([
      { label: 'a', blocks: [{ html: expect.stringContaining('The <em>first</em> definition.') }] },
      { label: 'b', blocks: [{ html: expect.stringContaining('continued.') }] },
    ])
  })

  it('without a definition stays text, and so does one in code', () => {
    expect(rendered('Said[^1] and `[^2]`.\n\n[^3]: Known.')).toContain('Said[^1] and <code>[^2]</code>')
    expect(rendered('As the source says[^1].')).toContain('says[^1].')
    expect(rendered('A [^link](https://example.com).')).toContain('<a href="https://example.com">^link</a>')
  })

  it('never flashes while it arrives, and gives the same blocks for any chunks', () => {
    let last = ''
    for (const shown of arriving(source)) {
      expect(shown.replace(/\[note \w+:/g, '').replace(/<[^>]*>/g, '')).not.toMatch(/\[\^|\^|\]:/)
      last = shown
    }
    expect(last).toBe(rendered(source))
  })
})

describe('HTML in an answer', () => {
  it.each([
    ['one<br>two<br/>three<br />four', 'one<br>two<br>three<br>four'],
    ['Press <kbd>Ctrl</kbd>+<kbd>C</kbd>', 'Press <kbd>Ctrl</kbd>+<kbd>C</kbd>'],
    ['H<sub>2</sub>O and x<sup>*n*</sup>', 'H<sub>2</sub>O and x<sup><em>n</em></sup>'],
    ['| a<br>b |\n|---|\n| c<br>d |', 'c<br>d'],
    ['**a<br>b**', '<strong>a<br>b</strong>'],
    ['x<sub>a<sub>b</sub></sub>', 'x<sub>a<sub>b</sub></sub>'],
  ])('is let through from a fixed set: %j', (source, expected) => {
    expect(rendered(source)).toContain(expected)
  })

  it.each([
    '<kbd onclick="x()">a</kbd>',
    '<sub style="x">a</sub>',
    '<b>bold</b>',
    '<script>alert(1)</script>',
    '<br onload="x">',
    'an open <sub>element',
    'a lone </kbd> end',
    '<details ontoggle="x()">\na\n</details>',
    '<details>never closed',
    '<summary>alone</summary>',
    '`<br>`',
  ])('is text otherwise: %j', (source) => {
    const shown = rendered(source)
    expect(shown).not.toMatch(/<(?:kbd|sub|b|script|br|details|summary)\b|\[details/)
    expect(
      text(toBlocks(null, source, true).blocks)
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .trim(),
    ).toBe(source.replaceAll('`', ''))
  })

  it('folds what details hold, with blank lines, code and other details', () => {
    const source =
      'Before.\n\n<details>\n<summary>More <kbd>x</kbd></summary>\n\nA *text*.\n\n```js\ncode()\n```\n\n<details><summary>Deeper</summary>deep</details>\n\n</details>\n\nAfter.'
    const { blocks } = toBlocks(null, source, true)
    expect(blocks).toMatchObject([
      { kind: 'html' },
      {
        kind: 'details',
        open: false,
        summary: 'More <kbd>x</kbd>',
        blocks: [{ kind: 'html' }, { kind: 'code', text: 'code()' }, { kind: 'details', summary: 'Deeper' }],
      },
      { kind: 'html', html: expect.stringContaining('After.') },
    ])
    let last = ''
    for (const shown of arriving(source)) {
      expect(shown.replace(/<\/?(?:p|em|kbd)\b[^>]*>/g, '')).not.toMatch(/<|&#60;|&lt;|```/)
      last = shown
    }
    expect(last).toBe(html(blocks))
  })
})

describe('Emphasis', () => {
  it.each([
    ['这是**重要的。**后面', '这是<strong>重要的。</strong>后面'],
    ['**(굵게)**입니다', '<strong>(굵게)</strong>입니다'],
    ['これは**「大事」**です', 'これは<strong>「大事」</strong>です'],
    ['~~削除。~~後', '<del>削除。</del>後'],
    ['plain snake_case_name stays', 'plain snake_case_name stays'],
  ])('is found beside Chinese, Japanese and Korean: %j', (source, expected) => {
    expect(rendered(source)).toContain(expected)
  })
})

describe('A block', () => {
  it('takes its direction from its text', () => {
    const shown = rendered('# عنوان\n\nنص\n\n- بند\n\n> اقتباس\n\n| أ |\n|---|\n| ب |')
    for (const tag of ['h3', 'p', 'li', 'blockquote', 'th', 'td']) expect(shown).toMatch(new RegExp(`<${tag}[^>]* dir="auto"`))
  })

  it('of a task names its box', () => {
    expect(rendered('- [x] done\n- [ ] open')).toMatch(/checked[^>]*aria-label="Done"[\s\S]*aria-label="Not done"/)
  })
})

describe('A message of the user', () => {
  it('has its fenced code as code, exactly, and the rest as text', () => {
    expect(messageParts('Look:\n\n```ts\nconst a = `x`\n\n  b()\n```\n\nWhy **not**?')).toEqual([
      { kind: 'text', text: 'Look:' },
      { kind: 'code', language: 'ts', text: 'const a = `x`\n\n  b()' },
      { kind: 'text', text: 'Why **not**?' },
    ])
  })

  it('without a closed fence is text', () => {
    for (const source of ['```ts\nconst a', 'plain', '# no heading\n\n- no list', '']) {
      expect(messageParts(source)).toEqual(source === '' ? [] : [{ kind: 'text', text: source }])
    }
  })
})
