/** Sign-ins of a workspace at its MCP servers, as the tenant object stores them. Sealed: the object cannot read them. Pure. */

/** What a sealed sign-in is bound to, beside its tenant. */
export const mcpSealName = (server: string, url: string): string => `mcp/${server}@${url}`

/** A finished sign-in. `version` counts its tokens. */
export type StoredMcpGrant = {
  readonly server: string
  /** The address of the server that the tokens are for. */
  readonly url: string
  readonly version: number
  readonly sealed: string
}

/** A started sign-in. */
export type StoredMcpSignIn = {
  /** The hash of its `state`. */
  readonly state: string
  readonly server: string
  readonly url: string
  /** Who started it, with which credential. Nobody else ends it. */
  readonly holder: string
  readonly sealed: string
  /** Unix ms. */
  readonly expires_at: number
}

/** Whether the caller may ask for new tokens now. `changed`: another one has them. */
export type RefreshClaim = 'claimed' | 'busy' | 'changed'

/** The tenant object's side. */
export interface McpSignInStore {
  mcpGrant(server: string): Promise<StoredMcpGrant | null>
  /** Claims the refresh of the tokens of this version for `ms`. */
  claimMcpRefresh(server: string, version: number, ms: number): Promise<RefreshClaim>
  /** Ends a claim without new tokens. */
  releaseMcpRefresh(server: string, version: number): Promise<void>
  /** Stores tokens. `expected`: the version that they replace; null: every version. False: another version is stored, or the server was removed. */
  putMcpGrant(grant: Omit<StoredMcpGrant, 'version'>, expected: number | null): Promise<boolean>
  beginMcpSignIn(signIn: StoredMcpSignIn): Promise<void>
  /** Removes and returns it. Null: there is none, or it has expired. */
  takeMcpSignIn(state: string): Promise<StoredMcpSignIn | null>
}

/** What a sign-in is started with. */
export interface StartMcpSignIn {
  readonly server: string
  readonly holder: string
  /** Where the authorization server sends the browser back to. */
  readonly redirect: string
  /** A client that is registered already. Null: the client registers itself. */
  readonly client: { readonly id: string; readonly secret: string | null } | null
}

/** What the browser brought back. */
export interface FinishMcpSignIn {
  readonly holder: string
  readonly redirect: string
  readonly state: string
  /** Null: the authorization server refused. */
  readonly code: string | null
  readonly iss: string | null
}

/** How a sign-in ended. */
export type McpSignInEnd = {
  /** Null: nobody knows this sign-in. */
  readonly server: string | null
  readonly outcome: 'signed_in' | 'cancelled' | 'expired' | 'failed'
}
