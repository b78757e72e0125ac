/** The form of an MCP server: its texts, and the server that they state. Pure. */
import type { CreateMcpServer, McpServerView } from '../../../../../shared/api/mcp-servers.ts'

export interface ServerDraft {
  readonly id: string
  readonly url: string
  readonly signing: 'none' | 'key'
  /** The name of a key. */
  readonly credential: string
  readonly header: string
  readonly scheme: string
}

export const draftOf = (server: Pick<McpServerView, 'id' | 'url' | 'auth'> | null): ServerDraft => ({
  id: server?.id ?? '',
  url: server?.url ?? '',
  signing: server?.auth ? 'key' : 'none',
  credential: server?.auth?.credential ?? '',
  header: server?.auth?.header ?? 'authorization',
  scheme: server?.auth?.scheme ?? 'Bearer',
})

export const serverOf = ({ id, url, signing, credential, header, scheme }: ServerDraft, enabled: boolean): CreateMcpServer => ({
  id: id.trim(),
  url: url.trim(),
  enabled,
  auth: signing === 'none' ? null : { credential: credential.trim(), header: header.trim(), scheme: scheme.trim() },
})

/** What stays when only its state changes. */
export const unchanged = ({ url, auth, enabled, version }: McpServerView) => ({ url, auth, enabled, version })
