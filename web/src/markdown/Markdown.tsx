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
      {parsed.current.document.blocks.map((block, at) => (
        // Blocks are only ever added at the end, so a block's place is its identity.
        <BlockView key={at} block={block} />
      ))}
    </div>
  )
})

const BlockView = ({ block }: { readonly block: Block }) =>
  block.kind === 'code' ? <CodeBlock language={block.language} text={block.text} closed={block.closed} /> : <HtmlBlock html={block.html} />

/** Touches the page only when its HTML (which went through `sanitize`) differs: a selection in a finished block survives. */
const HtmlBlock = memo(({ html }: { readonly html: string }) => <div className="block" dangerouslySetInnerHTML={{ __html: html }} />)
