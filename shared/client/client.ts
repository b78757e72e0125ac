/**
 * The typed client of the HTTP API. Web standards only, so the same file runs in browsers, Node, Bun and Deno.
 * Schemas are imported as types: the server has checked its responses.
 */
import type { Branches } from '../api/branches.ts'
import type { DecideCall, PendingCall, ResolveCall, SessionApprovals } from '../api/calls.ts'
import type { AcceptedMessage, SendMessageRequest } from '../api/messages.ts'
import type { EventPage, SessionList, SessionSummary, SharedSessionList } from '../api/sessions.ts'
import type { AuthMethods, Me, MfaChallenge, SignedOut } from '../api/sign-in.ts'
import type { ExportFormat, ImportedSessions } from '../api/transfer.ts'
import type { Cancelled, History, SentTurn, TurnView } from '../api/turns.ts'
import { backoff } from '../lib/backoff.ts'
import { pause } from '../lib/timeout.ts'
import type { QuickAction } from '../session/quick-action.ts'
import { ApiError, Unreachable } from './errors.ts'
import { type ClientOptions, createTransport } from './transport.ts'
import { type Frame, type WatchOptions, watch } from './watch.ts'

/** Creates the session if it does not exist. Without `session_id`, the server chooses the id. */
export type NewMessage = Readonly<
  Pick<
    SendMessageRequest,
    'message' | 'session_id' | 'persona_id' | 'model' | 'response_format' | 'metadata' | 'parent_turn_id' | 'attachments'
  >
>

/** Options of a request that sends or creates something. */
export interface SendOptions {
  /** The idempotency key of the message. Generated if absent. */
  readonly key?: string
  readonly signal?: AbortSignal
  /** Total attempts after network failures and transient errors. */
  readonly attempts?: number
}

/** Options of a request that may wait for the end of a turn. */
export interface WaitOptions {
  /** The longest wait of one request, in ms: at most 55,000. Default of `ask`: 30,000; of `turn`: 0. */
  readonly waitMs?: number
}

interface Abortable {
  readonly signal?: AbortSignal
}

/** The calls of the API. Each rejects with `ApiError` or `Unreachable`. */
export interface Client {
  sendMessage(message: NewMessage, options?: SendOptions): Promise<AcceptedMessage>
  /**
   * Sends a message and resolves with its turn when it has ended, however it ended: see `status`. Waits in requests of `waitMs` each.
   * The idempotency key makes repeats safe. Aborting the signal stops the wait, not the turn.
   */
  ask(message: NewMessage, options?: SendOptions & WaitOptions): Promise<TurnView>
  /** A turn. With `waitMs`, resolves when it has ended, or after that time. */
  turn(sessionId: string, turnId: string, options?: WaitOptions & Abortable): Promise<TurnView>
  listSessions(page?: { readonly limit?: number; readonly cursor?: string } & Abortable): Promise<SessionList>
  /** Deleted sessions that can be restored, last deleted first. */
  trashedSessions(page?: { readonly limit?: number; readonly cursor?: string } & Abortable): Promise<SessionList>
  /** The newest sessions that others share with the user. */
  sharedSessions(options?: Abortable): Promise<SharedSessionList>
  getSession(sessionId: string, options?: Abortable): Promise<SessionSummary>
  renameSession(sessionId: string, title: string): Promise<SessionSummary>
  /** Deletes the session. For 30 days, `untrashSession` restores it. Idempotent. */
  trashSession(sessionId: string): Promise<void>
  untrashSession(sessionId: string): Promise<void>
  /** Deletes permanently. Idempotent. */
  deleteSession(sessionId: string): Promise<void>
  /** The newest turns, or those before the turn `before`. */
  history(sessionId: string, options?: Abortable & { before?: string }): Promise<History>
  /** One page of recorded events after a cursor; `next_cursor` is null at the end. */
  events(sessionId: string, page?: { readonly after?: string; readonly limit?: number } & Abortable): Promise<EventPage>
  /** Every frame after a cursor, then each new one. Reconnects automatically. */
  watch(sessionId: string, options?: WatchOptions): AsyncGenerator<Frame, void, void>
  /** Cancels a turn. An ended turn keeps its outcome, which the response contains. */
  cancelTurn(sessionId: string, turnId: string): Promise<Cancelled>
  /** Regenerates a turn's answer on a new branch. */
  regenerate(sessionId: string, turnId: string, options?: SendOptions & Pick<NewMessage, 'metadata'>): Promise<AcceptedMessage>
  /** The newest turns, or those before the turn `before`. */
  branches(sessionId: string, options?: Abortable & { before?: string }): Promise<Branches>
  /** Switches to the branch of a turn, at its newest turn. */
  switchBranch(sessionId: string, turnId: string): Promise<Branches>
  /** Forks a session at a finished turn. */
  fork(sessionId: string, turnId: string, options?: SendOptions): Promise<SessionSummary>
  pauseSession(sessionId: string, paused: boolean): Promise<SessionSummary>
  /** Starts over in the same session. Earlier turns stay on other branches. */
  resetSession(sessionId: string): Promise<SessionSummary>
  /** A tool call that waits for a user. */
  pendingCall(sessionId: string, callId: string, options?: Abortable): Promise<PendingCall>
  /** Approves or declines a tool call that waits for approval, or answers its question. */
  decideCall(sessionId: string, callId: string, approved: boolean, details?: Omit<DecideCall, 'approved'>): Promise<void>
  /** Says what became of a tool call that was cut off. */
  resolveCall(sessionId: string, callId: string, outcome: ResolveCall['outcome']): Promise<void>
  /** The tools whose later calls are approved in this conversation. */
  approvals(sessionId: string, options?: Abortable): Promise<SessionApprovals>
  revokeApproval(sessionId: string, tool: string): Promise<void>
  act(sessionId: string, action: QuickAction, options?: SendOptions & Pick<NewMessage, 'metadata'>): Promise<AcceptedMessage>
  /** The whole log, byte for byte; or the active branch as Markdown. */
  exportSession(sessionId: string, options?: Abortable & { readonly format?: ExportFormat }): Promise<Blob>
  /** Creates sessions from a file: our export, or one of the other products that the API accepts. */
  importFile(file: Blob, options?: SendOptions): Promise<ImportedSessions>
  /** Creates sessions from the texts of exports. Returns their ids. */
  importSessions(chats: readonly string[], options?: SendOptions): Promise<readonly string[]>
  me(options?: Abortable): Promise<Me>
  authMethods(options?: Abortable): Promise<AuthMethods>
  /** Signs in without a password, or asks for the second factor. Development servers only; others respond with 404. */
  devSignIn(as?: Partial<Pick<Me, 'subject' | 'tenant'>>): Promise<Me | MfaChallenge>
  /** Signs out. Returns the address of the identity provider's sign-out page; null: none. */
  signOut(): Promise<string | null>
}

/** Creates a client. It opens no connection before the first call. */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options)
  const pathOf = (sessionId: string, suffix = '') => `/v1/sessions/${encodeURIComponent(sessionId)}${suffix}`
  const read = async <T>(path: string, query: Record<string, string | number | undefined>, signal?: AbortSignal): Promise<T> =>
    (await transport('GET', path, { query, signal })).json()

  /** Retries until the server responds. The idempotency key prevents a second effect. */
  const postOnce = async <T>(
    path: string,
    body: unknown,
    { key = crypto.randomUUID(), signal, attempts = 3 }: SendOptions,
    query?: Record<string, number>,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const headers = { 'idempotency-key': key }
        const response = await transport('POST', path, { body, headers, signal, ...(query && { query }) })
        // Retry a truncated response with the same key.
        const parsed: Promise<T> = response.json()
        return await parsed.catch((cause: unknown): never => {
          throw new Unreachable(cause)
        })
      } catch (error) {
        if (attempt >= attempts || !isTransient(error)) throw error
        await pause(retryWaitMs(error, attempt), signal).done
        signal?.throwIfAborted()
      }
    }
  }

  /** Waits for the end of a turn over any number of requests. */
  const waitForEnd = async (first: TurnView, waitMs: number, { signal, attempts = 3 }: SendOptions): Promise<TurnView> => {
    let turn = first
    for (let failures = 0; !finalStatuses.has(turn.status); ) {
      try {
        const path = pathOf(turn.session_id, `/turns/${encodeURIComponent(turn.turn_id)}`)
        turn = await read<TurnView>(path, { wait_ms: waitMs }, signal)
        failures = 0
      } catch (error) {
        failures += 1
        if (failures >= attempts || !isTransient(error)) throw error
        await pause(retryWaitMs(error, failures), signal).done
        signal?.throwIfAborted()
      }
    }
    return turn
  }

  return {
    ask: async (message, { waitMs = 30_000, ...options } = {}) => {
      const sent = await postOnce<SentTurn>('/v1/sessions/message', message, options, { wait_ms: waitMs })
      return waitForEnd(sent, waitMs, options)
    },
    turn: (sessionId, turnId, { waitMs, signal } = {}) =>
      read(pathOf(sessionId, `/turns/${encodeURIComponent(turnId)}`), { wait_ms: waitMs }, signal),
    sendMessage: (message, options = {}) => postOnce('/v1/sessions/message', message, options),
    listSessions: ({ limit, cursor, signal } = {}) => read('/v1/sessions', { limit, cursor }, signal),
    trashedSessions: ({ limit, cursor, signal } = {}) => read('/v1/sessions', { trashed: 'true', limit, cursor }, signal),
    sharedSessions: ({ signal } = {}) => read('/v1/shared-sessions', {}, signal),
    getSession: (sessionId, { signal } = {}) => read(pathOf(sessionId), {}, signal),
    renameSession: async (sessionId, title) => (await transport('PATCH', pathOf(sessionId), { body: { title } })).json(),
    trashSession: async (sessionId) => void (await transport('POST', pathOf(sessionId, '/trash'))),
    untrashSession: async (sessionId) => void (await transport('POST', pathOf(sessionId, '/untrash'))),
    deleteSession: async (sessionId) => void (await transport('DELETE', pathOf(sessionId))),
    history: (sessionId, { before, signal } = {}) => read(pathOf(sessionId, '/history'), { before }, signal),
    events: (sessionId, { after, limit, signal } = {}) => read(pathOf(sessionId, '/events'), { after, limit }, signal),
    watch: (sessionId, watchOptions) => watch(transport, sessionId, watchOptions),
    cancelTurn: async (sessionId, turnId) =>
      (await transport('POST', pathOf(sessionId, `/turns/${encodeURIComponent(turnId)}/cancel`))).json(),
    regenerate: (sessionId, turnId, { metadata, ...options } = {}) =>
      postOnce(pathOf(sessionId, `/turns/${encodeURIComponent(turnId)}/regenerate`), { metadata }, options),
    branches: (sessionId, { before, signal } = {}) => read(pathOf(sessionId, '/branches'), { before }, signal),
    switchBranch: async (sessionId, turnId) => (await transport('PUT', pathOf(sessionId, '/branch'), { body: { turn_id: turnId } })).json(),
    fork: (sessionId, turnId, options = {}) => postOnce(pathOf(sessionId, '/fork'), { turn_id: turnId }, options),
    pauseSession: async (sessionId, paused) => (await transport('POST', pathOf(sessionId, '/pause'), { body: { paused } })).json(),
    resetSession: async (sessionId) => (await transport('POST', pathOf(sessionId, '/reset'))).json(),
    pendingCall: (sessionId, callId, { signal } = {}) => read(pathOf(sessionId, `/calls/${encodeURIComponent(callId)}`), {}, signal),
    decideCall: async (sessionId, callId, approved, details) =>
      void (await transport('POST', pathOf(sessionId, `/calls/${encodeURIComponent(callId)}/decision`), {
        body: { approved, ...details },
      })),
    resolveCall: async (sessionId, callId, outcome) =>
      void (await transport('POST', pathOf(sessionId, `/calls/${encodeURIComponent(callId)}/resolution`), { body: { outcome } })),
    approvals: (sessionId, { signal } = {}) => read(pathOf(sessionId, '/approvals'), {}, signal),
    revokeApproval: async (sessionId, tool) =>
      void (await transport('DELETE', pathOf(sessionId, `/approvals/${encodeURIComponent(tool)}`))),
    act: (sessionId, action, { metadata, ...options } = {}) =>
      postOnce('/v1/sessions/action', { session_id: sessionId, action, metadata }, options),
    exportSession: async (sessionId, { signal, format } = {}) =>
      (await transport('GET', pathOf(sessionId, '/export'), { query: { format }, signal })).blob(),
    importFile: (file, options = {}) => postOnce<ImportedSessions>('/v1/sessions/import', file, options),
    importSessions: async (chats, options = {}) => (await postOnce<ImportedSessions>('/v1/sessions/import', { chats }, options)).ctxids,
    me: ({ signal } = {}) => read('/v1/me', {}, signal),
    authMethods: ({ signal } = {}) => read('/v1/auth/methods', {}, signal),
    devSignIn: async (as = {}) => (await transport('POST', '/v1/auth/dev', { body: as })).json(),
    signOut: async () => {
      const response = await transport('POST', '/v1/auth/sign-out')
      return response.status === 200 ? ((await response.json()) as SignedOut).continue_at : null
    },
  }
}

/** The final states of a turn. */
const finalStatuses: ReadonlySet<TurnView['status']> = new Set(['completed', 'failed', 'cancelled'])

const isTransient = (error: unknown): boolean => error instanceof Unreachable || (error instanceof ApiError && error.transient)

const retryWaitMs = (error: unknown, attempt: number): number =>
  Math.min(error instanceof ApiError && error.retryAfterMs !== undefined ? error.retryAfterMs : backoff(attempt, 400, 30_000), 10_000)
