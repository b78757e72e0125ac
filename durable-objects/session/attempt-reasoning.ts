/**
 * The reasoning of one attempt: an item of its own, before the answer. It is recorded up to a limit for each turn. Reasoning after the
 * first words of the answer is dropped: an answer stays one item.
 */
import { limits } from '../../shared/api/limits.ts'
import { cutText } from '../../shared/lib/cut-text.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import { reasoningKind } from '../../shared/session/frame.ts'
import type { SessionWriter } from './writer.ts'

export class AttemptReasoning {
  readonly #writer: SessionWriter
  readonly #turnId: string
  /** The UTF-16 units that the turn may still record. Undefined: not read yet. */
  #room: number | undefined
  #isOver = false
  /** The estimated tokens of the recorded reasoning. */
  tokens = 0

  constructor(writer: SessionWriter, turnId: string) {
    this.#writer = writer
    this.#turnId = turnId
  }

  /** Whether the open item is reasoning. */
  get isOpen(): boolean {
    return this.#writer.state.open?.kind === reasoningKind
  }

  /** Appends the next text of the reasoning. Opens its item first. */
  add(text: string): void {
    if (this.#isOver || !this.#writer.state.open || (!this.isOpen && !this.#open(text))) return
    const piece = cutText(text, this.#room ?? 0)
    this.#room = (this.#room ?? 0) - piece.length
    this.#writer.appendDelta(piece)
    if (piece.length < text.length) this.end(true)
  }

  /** The answer begins. Closes the reasoning, if it is open. */
  end(truncated = false): void {
    if (!this.isOpen) return
    this.#isOver = true
    const text = this.#writer.openText
    this.tokens += estimateTokens(text)
    this.#writer.execute({ kind: 'answer', item_id: crypto.randomUUID(), text, truncated })
  }

  /** The model call failed and another one follows. Its reasoning does not count. */
  discard(): void {
    if (!this.isOpen) return
    this.#room = (this.#room ?? 0) + this.#writer.openText.length
    this.#writer.execute({ kind: 'answer', item_id: crypto.randomUUID(), text: '' })
  }

  /** Opens the item. False: there is nothing to show, or the limit is reached. */
  #open(text: string): boolean {
    const { log, openText } = this.#writer
    if (text.trim() === '') return false
    this.#room ??= limits.reasoningUnits - log.reasoningUnits(this.#turnId)
    this.#isOver = openText.trim() !== '' || this.#room <= 0
    if (this.#isOver) return false
    this.#writer.execute({ kind: 'think', item_id: crypto.randomUUID() })
    return true
  }
}
