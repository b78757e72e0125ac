/** The result of an MCP tool as text for a model. Pure. */
import { cutText } from '../../../shared/lib/cut-text.ts'
import { resultUnits } from '../../../shared/tool/executor.ts'

/** Parts of one result. */
const maxParts = 200

interface Result {
  readonly content?: readonly unknown[]
  readonly structuredContent?: unknown
}

/** Text as it is. Other parts are named, since no model reads them here. */
export function resultText({ content = [], structuredContent }: Result): string {
  const parts = content.slice(0, maxParts).map(partText)
  const text = parts.filter((part) => part !== '').join('\n\n')
  return cutText(text === '' && structuredContent !== undefined ? JSON.stringify(structuredContent) : text, resultUnits)
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return ''
  const { type, text, mimeType, uri, resource } = part as Record<string, unknown>
  if (type === 'text') return typeof text === 'string' ? text : ''
  if (type === 'image' || type === 'audio') return `[${type}: ${nameOf(mimeType)}]`
  if (type === 'resource_link') return `[resource: ${nameOf(uri)}]`
  if (type !== 'resource' || typeof resource !== 'object' || resource === null) return ''
  const { text: content, uri: address } = resource as Record<string, unknown>
  return typeof content === 'string' ? content : `[resource: ${nameOf(address)}]`
}

const nameOf = (value: unknown): string => (typeof value === 'string' ? cutText(value, 200) : 'unknown')
