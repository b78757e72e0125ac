/** A conversation as markdown, for reading and keeping. */
import type { HistoryTurn } from '../api.ts'

const names = { user: 'You', assistant: 'Assistant' } as const

/** One heading an item; what is said stands as it was said. */
export function toMarkdown(title: string, turns: readonly HistoryTurn[]): string {
  const items = turns.flatMap(({ items }) => items)
  const said = items.map(({ role, text, incomplete }) => `## ${names[role]}\n\n${text}${incomplete ? '\n\n*(incomplete)*' : ''}\n`)
  return [`# ${title}\n`, ...said].join('\n')
}
