import { Fragment, memo, type ReactNode } from 'react'
import { CodeBlock } from './CodeBlock.tsx'
import { messageParts } from './message-parts.ts'

/** A user's message. Fenced and inline code are code; anything else is shown as it was typed. */
export const MessageText = memo(({ text }: { readonly text: string }) =>
  messageParts(text).map((part, index) =>
    part.kind === 'code' ? (
      <CodeBlock key={index} language={part.language} text={part.text} closed draws={false} />
    ) : (
      <Fragment key={index}>{withInlineCode(part.text)}</Fragment>
    ),
  ),
)

/** Inline code between runs of backticks of the same length, on one line. */
const inlineCode = /(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)/g

function withInlineCode(text: string): ReactNode[] {
  const nodes: ReactNode[] = []
  let from = 0
  for (const { index, 0: raw, 2: code = '' } of text.matchAll(inlineCode)) {
    nodes.push(text.slice(from, index), <code key={index}>{code.trim() === '' ? code : code.replace(/^ (.*) $/, '$1')}</code>)
    from = index + raw.length
  }
  return [...nodes, text.slice(from)]
}
