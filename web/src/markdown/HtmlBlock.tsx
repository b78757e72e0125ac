import { createElement, memo, useLayoutEffect, useRef, useState } from 'react'
import { useLanguage } from '../strings/language.ts'
import { showFormulas } from './formulas.ts'
import { hintScrolling } from './scroll-hint.ts'
import { updateHtml } from './update-html.ts'

interface Props {
  readonly html: string
  readonly as?: 'div' | 'summary'
}

/** A block that begins with one of the three large headings. */
const startsWithHeading = /^<h\d class="md-h[1-3]"/

/** Renders sanitized HTML. It changes only the nodes that differ, so a selection survives. */
export const HtmlBlock = memo(({ html, as = 'div' }: Props) => {
  const language = useLanguage()
  const block = useRef<HTMLElement>(null)
  // React renders the first HTML only, because it would replace all nodes for another. A new object counts as another.
  const [first] = useState({ __html: html })
  const shown = useRef(html)
  useLayoutEffect(() => {
    if (block.current !== null && shown.current !== html) updateHtml(block.current, html)
    shown.current = html
  }, [html])
  // Before the next paint, so that a formula does not show its source again when the text after it grows.
  useLayoutEffect(() => {
    if (block.current === null) return
    if (html.includes('class="math"')) showFormulas(block.current)
  }, [html])
  // The label of a formula follows the language.
  useLayoutEffect(() => {
    if (block.current === null) return
    if (html.includes('class="table') || html.includes('data-display')) return hintScrolling(block.current)
    return
  }, [html, language])
  const shared = { ref: block, dangerouslySetInnerHTML: first }
  return as === 'div'
    ? createElement('div', { ...shared, className: startsWithHeading.test(html) ? 'block heading' : 'block' })
    : createElement(as, { ...shared, dir: 'auto' })
})
