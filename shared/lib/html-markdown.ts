/**
 * Converts HTML to Markdown in one pass. Portable. Scripts, styles and hidden elements are left out. The input is bounded by its bytes and
 * the output by its units. A page that nests deeper than browsers allow ends there.
 */
import { Parser } from 'htmlparser2'
import { MarkdownWriter } from './markdown-writer.ts'

/** Elements whose content is no text of the page. */
const skipped = new Set('script style noscript template svg math iframe object canvas head select option textarea dialog'.split(' '))
const blocks = new Set(
  'address article aside dd details div dl dt fieldset figcaption figure footer form header hr main nav p section summary'.split(' '),
)
const marks: Readonly<Record<string, string>> = { b: '**', strong: '**', i: '_', em: '_', code: '`', del: '~~', s: '~~' }
/** Open elements at once. Chromium allows 512; the parser's cost grows with the square. */
const maxOpen = 2_000
const maxLinkUnits = 1_000
const maxTitleUnits = 300

/** A page as Markdown. */
export interface MarkdownPage {
  readonly title: string
  readonly markdown: string
  /** The page is longer. */
  readonly isCut: boolean
}

/** Takes HTML in pieces. `base`: the address of the page, for its links. */
export class HtmlToMarkdown {
  readonly #parser: Parser
  readonly #writer: MarkdownWriter
  readonly #base: URL
  #title = ''
  #isTitle = false
  #openElements = 0
  /** The element that is left out, with the number of its own kind inside. */
  #skips: { readonly name: string; depth: number } | null = null
  readonly #lists: { isOrdered: boolean; count: number }[] = []
  readonly #links: (string | null)[] = []
  #pre: string | null = null
  #table: { columns: number; cells: number; isFirst: boolean } | null = null

  constructor(base: URL, maxUnits: number) {
    this.#base = base
    this.#writer = new MarkdownWriter(maxUnits)
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#open(name, attributes),
        onclosetag: (name) => this.#close(name),
        ontext: (text) => this.#text(text),
      },
      { decodeEntities: true },
    )
  }

  /** More input changes nothing. */
  get isFull(): boolean {
    return this.#writer.isFull || this.#openElements > maxOpen
  }

  write(html: string): void {
    if (!this.isFull) this.#parser.write(html)
  }

  end(): MarkdownPage {
    if (!this.isFull) this.#parser.end()
    return { title: this.#title.replace(/\s+/g, ' ').trim().slice(0, maxTitleUnits), markdown: this.#writer.end(), isCut: this.isFull }
  }

  #text(text: string): void {
    if (this.#isTitle) this.#title = (this.#title + text).slice(0, maxTitleUnits * 2)
    else if (this.#skips === null && this.#pre !== null) this.#pre += text
    else if (this.#skips === null) this.#writer.text(this.#table ? text.replaceAll('|', '\\|') : text)
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#openElements += 1
    if (this.isFull) this.#parser.pause()
    if (name === 'title' && this.#title === '') this.#isTitle = true
    if (this.#skips) {
      if (this.#skips.name === name) this.#skips.depth += 1
      return
    }
    if (skipped.has(name) || isHidden(attributes)) {
      this.#skips = { name, depth: 1 }
      return
    }
    if (this.#pre !== null) return
    const writer = this.#writer
    if (/^h[1-6]$/.test(name)) {
      this.#block()
      writer.open(`${'#'.repeat(Number(name[1]))} `)
    } else if (name === 'br') writer.break(1)
    else if (name === 'hr') this.#rule()
    else if (blocks.has(name)) this.#block()
    else if (name === 'ul' || name === 'ol') this.#list(name === 'ol')
    else if (name === 'li') this.#item()
    else if (name === 'blockquote') {
      this.#block()
      writer.indent('> ')
    } else if (name === 'pre') {
      this.#block()
      this.#pre = ''
    } else if (name === 'a') this.#link(attributes.href)
    else if (name === 'img') writer.text(attributes.alt ? ` [image: ${attributes.alt.slice(0, maxTitleUnits)}] ` : '')
    else if (name === 'table') this.#startTable()
    else if (name === 'tr') this.#row()
    else if (name === 'td' || name === 'th') this.#cell()
    else if (Object.hasOwn(marks, name)) writer.open(marks[name] ?? '')
  }

  #close(name: string): void {
    this.#openElements -= 1
    if (name === 'title') this.#isTitle = false
    if (this.#skips) {
      if (this.#skips.name === name) this.#skips.depth -= 1
      if (this.#skips.depth === 0) this.#skips = null
      return
    }
    const writer = this.#writer
    if (name === 'pre') this.#endPre()
    else if (this.#pre !== null) return
    else if (/^h[1-6]$/.test(name) || blocks.has(name)) this.#block()
    else if (name === 'ul' || name === 'ol') {
      this.#lists.pop()
      writer.break(this.#lists.length > 0 ? 1 : 2)
    } else if (name === 'li') {
      writer.outdent()
      writer.break(1)
    } else if (name === 'blockquote') {
      writer.outdent()
      this.#block()
    } else if (name === 'a') {
      const href = this.#links.pop()
      if (href) writer.close(`](${href})`)
    } else if (name === 'tr') this.#endRow()
    else if (name === 'td' || name === 'th') writer.close(' |')
    else if (name === 'table') {
      this.#table = null
      writer.break(2)
    } else if (Object.hasOwn(marks, name)) writer.close(marks[name] ?? '')
  }

  /** Cells are one line, so blocks in them only separate words. */
  #block(): void {
    if (this.#table) this.#writer.text(' ')
    else this.#writer.break(2)
  }

  #rule(): void {
    if (this.#table) return
    this.#writer.break(2)
    this.#writer.open('---')
    this.#writer.break(2)
  }

  #list(isOrdered: boolean): void {
    this.#writer.break(this.#lists.length > 0 ? 1 : 2)
    this.#lists.push({ isOrdered, count: 0 })
  }

  #item(): void {
    const list = this.#lists.at(-1)
    if (list) list.count += 1
    const marker = list?.isOrdered ? `${list.count}. ` : '- '
    this.#writer.break(1)
    this.#writer.indent(' '.repeat(marker.length), marker)
  }

  #link(href: string | undefined): void {
    const url = href === undefined || href.length > maxLinkUnits ? null : URL.parse(href, this.#base)
    const isLink = url !== null && /^(https?|mailto):$/.test(url.protocol) && !href?.startsWith('#')
    this.#links.push(isLink ? url.href.replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29')) : null)
    if (isLink) this.#writer.open('[')
  }

  #endPre(): void {
    const text = (this.#pre ?? '').replace(/^\n/, '').trimEnd()
    this.#pre = null
    const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2)
    const fence = '`'.repeat(longest + 1)
    this.#writer.verbatim(`${fence}\n${text}\n${fence}`)
    this.#writer.break(2)
  }

  #startTable(): void {
    this.#writer.break(2)
    this.#table = { columns: 0, cells: 0, isFirst: true }
  }

  #row(): void {
    if (this.#table) this.#table.cells = 0
    this.#writer.break(1)
  }

  #cell(): void {
    if (this.#table) this.#table.cells += 1
    if (this.#table?.cells === 1) this.#writer.open('|')
    this.#writer.text(' ')
  }

  #endRow(): void {
    if (this.#table?.isFirst && this.#table.cells > 0) {
      this.#table.isFirst = false
      this.#writer.break(1)
      this.#writer.open(`|${' --- |'.repeat(Math.min(this.#table.cells, 50))}`)
    }
    this.#writer.break(1)
  }
}

/** What people do not see must not reach a model as text of the page. */
const isHidden = ({ hidden, style = '', 'aria-hidden': ariaHidden }: Readonly<Record<string, string>>): boolean =>
  hidden !== undefined || ariaHidden === 'true' || /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])/i.test(style)
