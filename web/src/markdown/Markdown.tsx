import { memo, useRef } from 'react'
import { type Block, type Document, toBlocks } from './blocks.ts'
import { CodeBlock } from './CodeBlock.tsx'

/** An answer's markdown. `done`: nothing more will come. */
export const Markdown = memo(({ text, done }: { readonly text: string; readonly done: boolean }) => {
  const parsed = useRef<{ readonly document: Document; readonly text: string; readonly done: boolean } | null>(null)
  if (parsed.current?.text !== text || parsed.current.done !== done) {
    parsed.current = { document: toBlocks(parsed.current?.document ?? null, text, done), text, done }
  }
  return (
    <div className="markdown" data-testid="answer-text">
      <Blocks blocks={parsed.current.document.blocks} />
    </div>
  )
})

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'code':
      return <CodeBlock language={block.language} text={block.text} closed={block.closed} />
    case 'html':
      return <HtmlBlock html={block.html} />
    case 'quote':
      return (
        <blockquote className="nested">
          <Blocks blocks={block.blocks} />
        </blockquote>
      )
    case 'ol':
    case 'ul': {
      const items = block.items.map((item, at) => (
        <li key={at}>
          <Blocks blocks={item} />
        </li>
      ))
      return block.kind === 'ol' ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>
    }
  }
}

// Blocks are only ever added at the end, so a block's place is its identity.
const Blocks = ({ blocks }: { readonly blocks: readonly Block[] }) => blocks.map((block, at) => <BlockView key={at} block={block} />)

/** Touches the page only when its HTML (which went through `sanitize`) differs: a selection in a finished block survives. */
const HtmlBlock = memo(({ html }: { readonly html: string }) => <div className="block" dangerouslySetInnerHTML={{ __html: html }} />)
