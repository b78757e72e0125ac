import { CornerLeftUp } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { markdown } from '../strings/markdown.ts'
import type { Block } from './blocks.ts'

type Note = Extract<Block, { kind: 'note' }>

interface Props {
  readonly blocks: readonly Block[]
  /** Labels in order of their numbers. */
  readonly labels: readonly string[]
  readonly render: (blocks: readonly Block[]) => ReactNode
}

/** The footnotes of an answer. Those without a reference come last. */
export function Footnotes({ blocks, labels, render }: Props) {
  const notes = new Map<string, Note>()
  for (const note of blocks.flatMap(notesIn)) if (!notes.has(note.label)) notes.set(note.label, note)
  if (notes.size === 0) return null
  const order = [...new Set([...labels, ...notes.keys()])]
  return (
    <section className="notes" aria-label={markdown.footnotes}>
      <ol>
        {order.map((label, index) => {
          const note = notes.get(label)
          if (note === undefined) return null
          return (
            <li key={label} value={index + 1} tabIndex={-1} data-note-text={index + 1} dir="auto">
              {render(note.blocks)}
              {labels.includes(label) && (
                <button
                  type="button"
                  className="quiet icon note-back"
                  data-note-back={index + 1}
                  aria-label={markdown.backToReference({ number: index + 1 })}
                >
                  <CornerLeftUp aria-hidden />
                </button>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** The notes of a block, also those within it. */
function notesIn(block: Block): Note[] {
  if (block.kind === 'note') return [block]
  if (block.kind === 'quote' || block.kind === 'details') return block.blocks.flatMap(notesIn)
  return block.kind === 'ol' || block.kind === 'ul' ? block.items.flat().flatMap(notesIn) : []
}

/** Moves from a reference to its footnote, and back. */
export function followNote(event: MouseEvent<HTMLElement>): void {
  if (!(event.target instanceof Element)) return
  const from = event.target.closest<HTMLElement>('[data-note], [data-note-back]')
  if (from === null || event.ctrlKey || event.metaKey) return
  const { note, noteBack } = from.dataset
  const to = event.currentTarget.querySelector<HTMLElement>(
    note === undefined ? `a[data-note="${noteBack}"]` : `[data-note-text="${note}"]`,
  )
  event.preventDefault()
  to?.scrollIntoView({ block: 'nearest' })
  to?.focus({ preventScroll: true })
}
