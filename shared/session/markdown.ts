/** A conversation as Markdown, item by item. Pure. No text of an item can end its own section's fence or pose as another section. */
import type { HistoryItem, HistoryTurn } from '../api/turns.ts'
import { isoTime } from '../lib/iso-time.ts'

const roleNames = { user: 'You', assistant: 'Assistant' } as const

/** The document: one heading per item. */
export function toMarkdown(title: string, turns: readonly HistoryTurn[]): string {
  const items = turns.flatMap(({ items }) => items)
  return [markdownTitle(title), ...items.map((item) => markdownItem(item))].join('\n')
}

/** The first lines of the document. */
export const markdownTitle = (title: string): string => `# ${oneLine(title) || 'Conversation'}\n`

/** The section of one item. `at`: its time, Unix ms. */
export function markdownItem(item: HistoryItem, at?: number): string {
  const time = at === undefined ? '' : timeOf(at)
  if (item.role === 'tool') {
    const name = item.name.replace(/[^\w.-]+/g, '_')
    return `## Tool: ${name}${time}\n\n${fencedBlock(item.arguments)}\n\n*${item.outcome ?? 'running'}*\n\n${fencedBlock(item.text)}\n`
  }
  const note = item.incomplete ? '\n\n*(incomplete)*' : item.truncated ? '\n\n*(cut at a length limit)*' : ''
  return `## ${roleNames[item.role]}${time}\n\n${sectionBody(item.text)}${note}\n`
}

/** The section of what the model thought before its answer. In a fence, it does not read as the answer. `at`: its time, Unix ms. */
export const markdownReasoning = (text: string, at: number): string => `## Reasoning${timeOf(at)}\n\n${fencedBlock(text)}\n`

const timeOf = (at: number): string => ` · ${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`

/** Text on one line, without the characters that would start markup in a heading. */
const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>#]/g, '\\$&')

/** A fenced block. Its fence is longer than any inside it (CommonMark 0.31 §4.5). */
function fencedBlock(text: string): string {
  const fence = '`'.repeat(Math.max(2, longestRun(text)) + 1)
  return `${fence}\n${text}\n${fence}`
}

function longestRun(text: string): number {
  let longest = 0
  let run = 0
  for (const character of text) {
    run = character === '`' ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

/** A line that opens or closes a fence: its character and length. */
const fencePattern = /^ {0,3}(`{3,}|~{3,})(.*)$/

/**
 * The text of a message as the body of its section. An open fence is closed. Headings are one level below the section's. Code stays
 * unchanged.
 */
function sectionBody(text: string): string {
  let openFence: { character: string; length: number } | null = null
  const lines = text.split(/\r\n|\r|\n/).map((line) => {
    const [, fence = '', rest = ''] = fencePattern.exec(line) ?? []
    if (openFence) {
      const isClosing = fence.startsWith(openFence.character) && fence.length >= openFence.length && rest.trim() === ''
      if (isClosing) openFence = null
      return line
    }
    // An opening fence of backticks has none in its info string (CommonMark 0.31 §4.5).
    if (fence !== '' && !(fence.startsWith('`') && rest.includes('`'))) openFence = { character: fence.charAt(0), length: fence.length }
    else if (/^ {0,3}#{1,2}(\s|$)/.test(line)) return line.replace('#', '###')
    // A line of = or - would make the line before it a heading.
    else if (/^ {0,3}(=+|-+)\s*$/.test(line)) return line.replace(/[=-]/, '\\$&')
    return line
  })
  const unclosed = openFence as { character: string; length: number } | null
  return [...lines, ...(unclosed ? [unclosed.character.repeat(unclosed.length)] : [])].join('\n')
}
