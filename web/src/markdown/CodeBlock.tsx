import './code.css'
import { WrapText } from 'lucide-react'
import { memo, useEffect, useId, useState } from 'react'
import { useLanguage } from '../strings/language.ts'
import { markdown } from '../strings/markdown.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { highlightSoon } from './highlight.ts'
import { useDiagram } from './use-diagram.ts'

interface Props {
  readonly language: string
  readonly text: string
  readonly closed: boolean
  /** Offers to draw a diagram from its code. */
  readonly draws?: boolean
}

/** Lines of a block that are shown at first. A block grows no more beyond them, also while it is written. */
const shownLines = 40

/** A code block with its language and its actions. It is highlighted when its fence has closed. */
export const CodeBlock = memo(({ language, text, closed, draws = true }: Props) => {
  useLanguage()
  const [isWrapped, setWrapped] = useState(false)
  const [isExpanded, setExpanded] = useState(false)
  const [isDiagram, setDiagram] = useState(false)
  const diagram = useDiagram(text, isDiagram && closed)
  const isDrawn = diagram.state === 'drawn'
  const id = useId()
  const coloured = useHighlight(language, text, closed)
  const lines = lineCount(text)
  const isLong = lines > shownLines
  return (
    <figure className="code" data-testid="code-block" data-folded={isLong && !isExpanded} data-wrapped={isWrapped}>
      <figcaption>
        <span>{language || markdown.code.plainText}</span>
        <span className="code-actions">
          {draws && closed && language === 'mermaid' && (
            <button type="button" className="quiet with-caption" onClick={() => setDiagram(!isDiagram)} data-testid="toggle-diagram">
              {isDiagram ? markdown.diagram.showCode : markdown.diagram.show}
            </button>
          )}
          {!isDrawn && (
            <button
              type="button"
              className="quiet icon"
              aria-label={markdown.code.wrap}
              aria-pressed={isWrapped}
              title={isWrapped ? markdown.code.unwrap : markdown.code.wrap}
              onClick={() => setWrapped(!isWrapped)}
              data-testid="wrap-code"
            >
              <WrapText aria-hidden />
            </button>
          )}
          <CopyButton text={text} label={markdown.code.copy} testId="copy-code" />
        </span>
      </figcaption>
      {diagram.state === 'drawing' && (
        <p className="diagram-note" role="status">
          {markdown.diagram.drawing}
        </p>
      )}
      {diagram.state === 'failed' && (
        <p className="diagram-note" role="alert">
          {markdown.diagram[diagram.reason]}
        </p>
      )}
      {isDrawn ? (
        <img className="diagram" alt={markdown.diagram.name} {...diagram.image} data-testid="diagram" />
      ) : (
        <ScrollBox as="pre" id={id}>
          {coloured === null ? (
            <code>{text}</code>
          ) : (
            // Safe: highlight.js escapes its input.
            <code dangerouslySetInnerHTML={{ __html: coloured }} />
          )}
        </ScrollBox>
      )}
      {isLong && !isDrawn && (
        <button
          type="button"
          className="code-more"
          aria-expanded={isExpanded}
          aria-controls={id}
          onClick={() => setExpanded(!isExpanded)}
          data-testid="expand-code"
        >
          {isExpanded ? markdown.code.showLess : markdown.code.showAll({ lines })}
        </button>
      )}
    </figure>
  )
})

/** HTML of the highlighted code; null while there is none. */
function useHighlight(language: string, text: string, closed: boolean): string | null {
  const [coloured, setColoured] = useState<{ readonly of: string; readonly html: string } | null>(null)
  useEffect(() => {
    if (!closed) return
    return highlightSoon(text, language, (html) => setColoured({ of: text, html }))
  }, [closed, text, language])
  return closed && coloured?.of === text ? coloured.html : null
}

function lineCount(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
