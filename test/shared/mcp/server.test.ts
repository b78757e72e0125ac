import { deepEqual, equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptedTools, declaredTools, type McpServer, mcpLimits, mcpState, withListing } from '../../../shared/mcp/server.ts'

const schema = { type: 'object', properties: {} }
const listed = (name: string, more: object = {}) => ({ name, description: 'x', inputSchema: schema, ...more })
const url = 'https://mcp.example.com/'
const names = (...tools: Parameters<typeof declaredTools>[2]) => declaredTools('docs', url, tools).map(({ name }) => name)

const server = (tools = declaredTools('docs', url, [listed('a'), listed('b')])): McpServer => ({
  url,
  auth: null,
  enabled: true,
  status: 'connected',
  detail: '',
  listed_at: 1,
  ttl_ms: 1,
  resources: false,
  tools,
  accepted: tools.map(({ hash }) => hash),
})

describe('The tools of an MCP server', () => {
  it('have the prefix of the server, and a name that every provider takes', () => {
    deepEqual(names(listed('find.page/now')), ['docs__find_page_now'])
    deepEqual(names(listed('a.b'), listed('a/b'), listed('')), ['docs__a_b'])
    deepEqual(names(listed('x'.repeat(58)), listed('x'.repeat(59))), [`docs__${'x'.repeat(58)}`])
  })

  it('are bounded', () => {
    equal(names(...Array.from({ length: 200 }, (_, n) => listed(`t${n}`))).length, mcpLimits.toolsOfServer)
    deepEqual(names(listed('a', { inputSchema: { type: 'object', title: 'x'.repeat(20_000) } }), listed('b', { inputSchema: [] })), [])
    equal(declaredTools('docs', url, [listed('a', { description: 'x'.repeat(5_000) })])[0]?.description.length, mcpLimits.descriptionUnits)
  })

  it('have another hash with each change of what a model or an admin is told', () => {
    const hashOf = (id: string, address: string, tool: ReturnType<typeof listed>) => declaredTools(id, address, [tool])[0]?.hash
    const hashes = [
      hashOf('docs', url, listed('a')),
      hashOf('docz', url, listed('a')),
      hashOf('docs', `${url}x`, listed('a')),
      hashOf('docs', url, listed('A')),
      hashOf('docs', url, listed('a', { description: 'y' })),
      hashOf('docs', url, listed('a', { description: `x${' '.repeat(5_000)}y` })),
      hashOf('docs', url, listed('a', { description: `x${' '.repeat(5_000)}z` })),
      hashOf('docs', url, listed('a', { inputSchema: { ...schema, required: ['q'] } })),
    ]
    equal(new Set(hashes).size, hashes.length)
  })

  it('are called only as they were accepted', () => {
    const before = server()
    deepEqual([mcpState(before), acceptedTools(before).length], ['connected', 2])
    const tools = declaredTools('docs', url, [listed('a'), listed('b', { description: 'y' }), listed('c')])
    const after = withListing(before, { status: 'connected', tools, ttl_ms: 5 }, 9)
    deepEqual([mcpState(after), acceptedTools(after).map(({ name }) => name)], ['changed', ['docs__a']])
    equal(mcpState(withListing(before, { status: 'connected', tools: tools.slice(0, 1), ttl_ms: 5 }, 9)), 'changed')
    deepEqual([mcpState({ ...before, enabled: false }), acceptedTools({ ...before, enabled: false })], ['disabled', []])
  })

  it('stay while the server is away', () => {
    const away = withListing(server(), { status: 'unreachable', detail: 'It is away.' }, 9)
    deepEqual([mcpState(away), acceptedTools(away).length, away.listed_at], ['unreachable', 2, 1])
  })
})
