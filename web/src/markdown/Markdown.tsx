import { memo, useRef } from 'react'
import { type Block, type Document, toBlocks } from './blocks.ts'
import { CodeBlock } from './CodeBlock.tsx'

/** Renders an answer's markdown. `done`: the text is complete. */
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
    case 'plain':
      return <div className="block plain">{block.text}</div>
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
      const items = block.items.map((item, index) => (
        <li key={index}>
          <Blocks blocks={item} />
        </li>
      ))
      return block.kind === 'ol' ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>
    }
  }
}

// Blocks are only added at the end, so the index identifies a block.
const Blocks = ({ blocks }: { readonly blocks: readonly Block[] }) => blocks.map((block, index) => <BlockView key={index} block={block} />)

/** Renders sanitized HTML. It changes the DOM only when the HTML differs, so a selection survives. */
const HtmlBlock = memo(({ html }: { readonly html: string }) => <div className="block" dangerouslySetInnerHTML={{ __html: html }} />)
