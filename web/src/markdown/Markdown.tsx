import './markdown.css'
import './rich.css'
import { type MouseEvent, memo, useRef, useState } from 'react'
import type { Language } from '../strings/current.ts'
import { useLanguage } from '../strings/language.ts'
import { markdown } from '../strings/markdown.ts'
import { type Block, type Document, toBlocks } from './blocks.ts'
import { CodeBlock } from './CodeBlock.tsx'
import { Footnotes, followNote } from './Footnotes.tsx'
import { HtmlBlock } from './HtmlBlock.tsx'
import { directionOf, isRightToLeft } from './text-direction.ts'

export { MessageText } from './MessageText.tsx'

/** Has the kinds of syntax whose patterns take long to compile. */
const sample = '*a* **b** `c` [d](https://example.com) $e$\n\n- f\n\n| g |\n| - |\n| 1 |\n'

/** Parses a text that nobody sees: the first parse compiles all patterns, which takes longer than the turns of a screen. */
export const warmUp = (): void => void toBlocks(null, sample, true)

interface Parsed {
  readonly document: Document
  readonly text: string
  readonly done: boolean
  readonly language: Language
}

/** Renders an answer's markdown. `done`: the text is complete. */
export const Markdown = memo(({ text, done }: { readonly text: string; readonly done: boolean }) => {
  const language = useLanguage()
  const parsed = useRef<Parsed | null>(null)
  // The HTML has labels in the language of the page.
  if (parsed.current?.language !== language) parsed.current = null
  if (parsed.current?.text !== text || parsed.current.done !== done) {
    parsed.current = { document: toBlocks(parsed.current?.document ?? null, text, done), text, done, language }
  }
  const { blocks, notes } = parsed.current.document
  return (
    // The links of footnotes are in HTML that React did not make.
    // biome-ignore lint/a11y/noStaticElementInteractions: the links take the focus and the keys.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a key on a link is a click.
    <div className="markdown" data-testid="answer-text" onClick={(event: MouseEvent<HTMLElement>) => followNote(event)}>
      <Blocks blocks={blocks} />
      <Footnotes blocks={blocks} labels={notes} render={(within) => <Blocks blocks={within} />} />
    </div>
  )
})

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'code':
      return <CodeBlock language={block.language} text={block.text} closed={block.closed} />
    case 'plain':
      return (
        <div className="block plain" dir="auto">
          {block.text}
        </div>
      )
    case 'html':
      return <HtmlBlock html={block.html} />
    case 'note':
      return null
    case 'details':
      return <Details {...block} />
    case 'quote':
      return (
        <blockquote className={classes('nested', runsRightToLeft(block.blocks) && 'rtl')} dir="auto">
          <Blocks blocks={block.blocks} />
        </blockquote>
      )
    case 'ol':
    case 'ul': {
      const items = block.items.map((item, index) => (
        <li
          key={index}
          className={classes(runsRightToLeft(item) && 'rtl', item.some(({ kind }) => kind === 'code') && 'with-code')}
          dir="auto"
        >
          <Blocks blocks={item} />
        </li>
      ))
      return block.kind === 'ol' ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>
    }
  }
}

const classes = (...names: readonly (string | false)[]): string | undefined => names.filter(Boolean).join(' ') || undefined

/** Whether the text of the first block runs from right to left. Code and lists do not decide it. */
function runsRightToLeft([first]: readonly Block[]): boolean {
  if (first?.kind === 'html') return isRightToLeft(first.html)
  return first?.kind === 'plain' && directionOf(first.text) === 'rtl'
}

/** A foldable block. It keeps the state that it has when more text arrives. */
function Details({ open, summary, blocks }: Extract<Block, { kind: 'details' }>) {
  const [startsOpen] = useState(open)
  return (
    <details open={startsOpen} className={classes(isRightToLeft(summary) && 'rtl')}>
      <HtmlBlock as="summary" html={summary || markdown.details} />
      <Blocks blocks={blocks} />
    </details>
  )
}

// Blocks are only added at the end, so the index identifies a block.
const Blocks = ({ blocks }: { readonly blocks: readonly Block[] }) => blocks.map((block, index) => <BlockView key={index} block={block} />)
