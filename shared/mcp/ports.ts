/** The ports between the Workers that know MCP servers. Types only. */
import type { Failure } from '../problem.ts'
import type { Result } from '../result.ts'
import type { McpListing, McpServer, StoredMcpServer } from './server.ts'
import type { FinishMcpSignIn, McpSignInEnd, StartMcpSignIn } from './sign-in.ts'

/** What an admin sets of a server. */
export type McpServerChange = Pick<McpServer, 'url' | 'auth' | 'enabled'>

/** The tenant object's side. */
export interface McpStore {
  mcpServers(): Promise<StoredMcpServer[]>
  /** `expected`: the version that the change is based on; 0: the server is new. */
  putMcpServer(id: string, change: McpServerChange, subject: string, expected: number): Promise<Result<StoredMcpServer, Failure>>
  /** Accepts the tools as listed, if their list is still `listing`. */
  acceptMcpTools(id: string, listing: string, subject: string): Promise<Result<StoredMcpServer, Failure>>
  /** Records what the server at `url` said. Null: the server was removed, or has another address now. */
  recordMcpListing(id: string, url: string, listing: McpListing): Promise<StoredMcpServer | null>
  /** False: there was none. */
  removeMcpServer(id: string): Promise<boolean>
}

/** One call of a tool. */
export interface McpCall {
  readonly tenant: string
  /** The name for models, and the hash of the tool that was judged. */
  readonly name: string
  readonly hash: string
  /** A JSON object. */
  readonly arguments: string
  readonly timeoutMs: number
}

/** A request for the resources of a server. */
export interface McpResourceRequest {
  readonly tenant: string
  readonly server: string
  /** Null: the list. */
  readonly uri: string | null
  readonly timeoutMs: number
}

/** `sign_in`: the server refused who asks, so the call had no effect. A sign-in helps. */
export type McpCallResult = Result<string, string> & { readonly sign_in?: true }

/** The connectors Worker's side. A refusal is a text for the model. */
export interface McpConnector {
  /** Asks the server for its tools, and records them. Null: there is no such server. */
  refresh(tenant: string, id: string): Promise<StoredMcpServer | null>
  callTool(call: McpCall): Promise<McpCallResult>
  /** The resources of a server, or the text of one. */
  readResource(request: McpResourceRequest): Promise<McpCallResult>
  /** Starts a sign-in at the server: an address for the browser. Null: there is no such server. A refusal is a text for the admin. */
  startSignIn(tenant: string, start: StartMcpSignIn): Promise<Result<{ readonly url: string; readonly expires_at: number }, string> | null>
  /** Ends a sign-in, once, for whom it was started. Then it asks the server for its tools. */
  finishSignIn(tenant: string, finish: FinishMcpSignIn): Promise<McpSignInEnd>
}
