/** A conversation as Markdown. Pure. */
import type { HistoryItem, HistoryTurn } from '../api/turns.ts'

const names = { user: 'You', assistant: 'Assistant' } as const

/** One heading per item. Its text stays unchanged. */
export function toMarkdown(title: string, turns: readonly HistoryTurn[]): string {
  const items = turns.flatMap(({ items }) => items)
  return [`# ${title}\n`, ...items.map(section)].join('\n')
}

function section(item: HistoryItem): string {
  if (item.role === 'tool')
    return `## Tool: ${item.name}\n\n${block(item.arguments)}\n\n*${item.outcome ?? 'running'}*\n\n${block(item.text)}\n`
  return `## ${names[item.role]}\n\n${item.text}${item.incomplete ? '\n\n*(incomplete)*' : item.truncated ? '\n\n*(cut at a length limit)*' : ''}\n`
}

/** A fenced block whose fence is longer than any inside it (CommonMark 0.31 §4.5). */
function block(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}
