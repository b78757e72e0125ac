import { memo, useEffect, useState } from 'react'
import { CopyButton } from '../ui/CopyButton.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { highlightSoon } from './highlight.ts'

interface Props {
  readonly language: string
  readonly text: string
  readonly closed: boolean
}

/** A code block with its language and a copy button. It is highlighted when its fence has closed. */
export const CodeBlock = memo(({ language, text, closed }: Props) => {
  const [coloured, setColoured] = useState<{ readonly of: string; readonly html: string } | null>(null)
  useEffect(() => {
    if (!closed) return
    return highlightSoon(text, language, (html) => setColoured({ of: text, html }))
  }, [closed, text, language])

  return (
    <figure className="code" data-testid="code-block">
      <figcaption>
        <span>{language || 'text'}</span>
        <CopyButton text={text} label="Copy code" testId="copy-code" />
      </figcaption>
      <ScrollBox as="pre">
        {closed && coloured?.of === text ? (
          // Safe: highlight.js escapes its input.
          <code dangerouslySetInnerHTML={{ __html: coloured.html }} />
        ) : (
          <code>{text}</code>
        )}
      </ScrollBox>
    </figure>
  )
})
