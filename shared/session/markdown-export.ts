/**
 * The active branch of a log as Markdown, event by event. Pure. It buffers only the text of turns that wait behind the current one. The log
 * has their questions before its answer.
 */
import type { HistoryItem } from '../api/turns.ts'
import type { Event } from '../events/event.ts'
import { markdownItem, markdownReasoning } from './markdown.ts'

/** Converts the events of one branch to Markdown. */
export class MarkdownExport {
  /** The turns of the branch that are not complete, oldest first. */
  readonly #remaining: string[]
  readonly #sections = new Map<string, string[]>()
  readonly #ended = new Set<string>()
  readonly #calls = new Map<string, Extract<Event, { type: 'call.requested' }>>()

  /** `branch`: the ids of its turns, oldest first. */
  constructor(branch: readonly string[]) {
    this.#remaining = [...branch]
    for (const turn of branch) this.#sections.set(turn, [])
  }

  /** The text that `event` completes. */
  add(event: Event): string {
    if (!('turn_id' in event) || event.type === 'branch.switched') return ''
    const section = this.#sectionOf(event)
    if (section) this.#sections.get(event.turn_id)?.push(section)
    if (event.type === 'turn.ended') this.#ended.add(event.turn_id)
    return this.#flush()
  }

  /** The sections of the oldest turn, and of the turns after it once it has ended. */
  #flush(): string {
    let text = ''
    for (let [turn] = this.#remaining; turn !== undefined; [turn] = this.#remaining) {
      for (const section of this.#sections.get(turn)?.splice(0) ?? []) text += `\n${section}`
      if (!this.#ended.has(turn)) break
      this.#remaining.shift()
    }
    return text
  }

  #sectionOf(event: Event): string | undefined {
    switch (event.type) {
      case 'item.added':
      case 'item.closed': {
        if (event.type === 'item.closed' && event.kind !== undefined)
          return event.reasoning ? markdownReasoning(event.reasoning, event.at) : undefined
        const role = event.type === 'item.added' ? 'user' : 'assistant'
        const incomplete = event.type === 'item.closed' && event.incomplete
        return markdownItem({ item_id: event.item_id, role, text: event.text, ...(incomplete && { incomplete }) }, event.at)
      }
      case 'call.requested':
        this.#calls.set(event.call_id, event)
        return undefined
      case 'call.ended': {
        const { call_id, outcome, text, at } = event
        const { name = '', arguments: args = '' } = this.#calls.get(call_id) ?? {}
        this.#calls.delete(call_id)
        const item: HistoryItem = { call_id, role: 'tool', name, arguments: args, outcome, text }
        return markdownItem(item, at)
      }
      default:
        return undefined
    }
  }
}
