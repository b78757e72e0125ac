/** Resources of an MCP server as text for a model. Pure. */
import type { ReadResourceResult, Resource } from '@modelcontextprotocol/client'
import { cutText } from '../../../shared/lib/cut-text.ts'
import { resultUnits } from '../../../shared/tool/executor.ts'

/** Resources of one list, and contents of one resource. */
const maxResources = 100
const maxUnits = 300

/** One resource a line, with the address to read it by. `hasMore`: the server has further pages. */
export function resourceList(resources: readonly Resource[], hasMore: boolean): string {
  if (resources.length === 0) return 'It lists no resources.'
  const lines = resources.slice(0, maxResources).map(({ uri, name, mimeType, description }) => {
    const about = [name, mimeType, description].filter((part) => part !== undefined && part !== '').join(', ')
    return `- ${uri}: ${cutText(about, maxUnits)}`
  })
  return [...lines, ...(hasMore || resources.length > maxResources ? ['There are more, which are not listed.'] : [])].join('\n')
}

/** Text as it is. Bytes are named, since no model reads them here. */
export function resourceText({ contents }: ReadResourceResult): string {
  const parts = contents
    .slice(0, maxResources)
    .map((content) => ('text' in content ? content.text : `[${content.mimeType ?? 'bytes'}: ${cutText(content.uri, maxUnits)}]`))
  return cutText(parts.join('\n\n'), resultUnits)
}
