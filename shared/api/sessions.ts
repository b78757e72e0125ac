/** Requests and answers of the HTTP API, once: the gateway checks with them, OpenAPI is made from them, the client is typed by them. */
import { z } from 'zod'
import { CallOutcome, Event, Metadata, Outcome } from '../events/event.ts'
import { RequireMfa } from '../identity/amr.ts'
import { Role } from '../identity/role.ts'
import { Scope } from '../identity/scope.ts'
import { EventId, SessionId } from '../ids.ts'

/** Stated limits. Each is tested. */
export const limits = {
  /** UTF-16 units of one message. */
  messageUnits: 32_000,
  metadataPairs: 50,
  metadataBytes: 8_192,
  bodyBytes: 1_000_000,
  /** Turns that may wait behind the running one. */
  queuedTurns: 20,
  /** UTF-16 units of one item; what goes beyond is cut and marked `truncated`. */
  itemUnits: 262_144,
  /** Sockets that may watch one session. */
  readers: 500,
  pageEvents: 500,
  pageBytes: 1_048_576,
  titleUnits: 200,
  sessionBytes: 1_000_000_000,
} as const

export const SendMessage = z.object({
  session_id: SessionId.optional(),
  persona_id: z.string().min(1).max(64).optional(),
  message: z
    .string()
    .max(limits.messageUnits, `must have at most ${limits.messageUnits} UTF-16 units`)
    .refine((text) => text.trim() !== '', 'must not be empty or blank'),
  attachments: z.array(z.unknown()).max(0, 'must be empty: uploads do not exist yet').optional(),
  metadata: Metadata.refine((pairs) => Object.keys(pairs).length <= limits.metadataPairs, `must have at most ${limits.metadataPairs} pairs`)
    .refine(
      (pairs) => new TextEncoder().encode(JSON.stringify(pairs)).length <= limits.metadataBytes,
      `must have at most ${limits.metadataBytes} bytes as JSON`,
    )
    .refine(
      (pairs) =>
        Object.entries(pairs)
          .flat()
          .every((text) => text.isWellFormed()),
      'must be well-formed Unicode (RFC 7493 §2.1)',
    )
    .optional(),
  event_id: EventId.optional(),
  on_conflict: z
    .enum(['queue', 'reject', 'interrupt'])
    .optional()
    .meta({ description: 'While a turn has not ended: wait behind it (default), refuse with 409, or stop all that have not ended.' }),
  parent_turn_id: z
    .string()
    .max(64)
    .nullable()
    .optional()
    .meta({ description: 'Say it after this turn, on a new branch; `null`: at the beginning.' }),
  expected_seq: z.int().min(0).optional().meta({ description: 'Refuse with 409 if more was recorded since.' }),
})
export type SendMessage = z.infer<typeof SendMessage>

export const Sent = z.object({ session_id: z.string(), event_id: z.string(), turn_id: z.string(), seq: z.int() })
export type Sent = z.infer<typeof Sent>

export const SessionState = z.enum(['idle', 'running', 'paused'])

export const SessionSummary = z.object({
  session_id: z.string(),
  title: z.string(),
  state: SessionState,
  created_at: z.int().meta({ description: 'Unix milliseconds' }),
  updated_at: z.int().meta({ description: 'Unix milliseconds' }),
  last_turn_id: z.string().nullable(),
})
export type SessionSummary = z.infer<typeof SessionSummary>

export const SessionList = z.object({ sessions: z.array(SessionSummary), next_cursor: z.string().nullable() })
export type SessionList = z.infer<typeof SessionList>

export const PatchSession = z.object({
  title: z
    .string()
    .max(limits.titleUnits)
    .refine((text) => text.trim() !== '', 'must not be empty or blank'),
})
export type PatchSession = z.infer<typeof PatchSession>

export const EventPage = z.object({ session_id: z.string(), events: z.array(Event), next_cursor: z.string().nullable() })
export type EventPage = z.infer<typeof EventPage>

export const HistoryItem = z.discriminatedUnion('role', [
  z.object({ item_id: z.string(), role: z.enum(['user', 'assistant']), text: z.string(), incomplete: z.boolean().optional() }),
  z.object({
    call_id: z.string(),
    role: z.literal('tool'),
    name: z.string(),
    arguments: z.string().meta({ description: 'JSON, as the model wrote it' }),
    outcome: CallOutcome.nullable().meta({ description: '`null` while it has not ended' }),
    text: z.string().meta({ description: 'What the model was told of it' }),
  }),
])
export type HistoryItem = z.infer<typeof HistoryItem>
export const HistoryTurn = z.object({
  turn_id: z.string(),
  outcome: Outcome.nullable().meta({ description: '`null` while it is waiting or running' }),
  items: z.array(HistoryItem),
})
export type HistoryTurn = z.infer<typeof HistoryTurn>
export const History = z.object({
  session_id: z.string(),
  turns: z.array(HistoryTurn),
  tokens: z.int().meta({ description: 'An estimate of what the conversation costs as context' }),
})
export type History = z.infer<typeof History>

/** Every turn with the one it follows: a tree, of which one path is active. */
export const Branches = z.object({
  session_id: z.string(),
  active_turn_id: z.string().nullable().meta({ description: 'The last turn of the active branch' }),
  turns: z.array(z.object({ turn_id: z.string(), parent_turn_id: z.string().nullable(), outcome: Outcome.nullable() })),
})
export type Branches = z.infer<typeof Branches>

/** What the model would be told now. */
export const ContextWindow = z.object({
  session_id: z.string(),
  messages: z.array(
    z.object({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      text: z.string(),
      calls: z
        .array(z.object({ call_id: z.string(), name: z.string(), arguments: z.string() }))
        .readonly()
        .optional()
        .meta({ description: 'The tools that it asked for' }),
      call_id: z.string().optional().meta({ description: 'The call that it is the result of' }),
    }),
  ),
  tokens: z.int(),
  limit_tokens: z.int(),
})
export type ContextWindow = z.infer<typeof ContextWindow>

export const Cancelled = z.object({ turn_id: z.string(), outcome: Outcome })
export type Cancelled = z.infer<typeof Cancelled>

/** Who the app is talking as: `GET /v1/me`. */
export const Me = z.object({
  tenant: z.string(),
  subject: z.string(),
  role: Role,
  expires_at: z.int(),
  mfa: z.boolean().meta({ description: 'Whether a second factor was shown' }),
  needs_mfa: z.boolean().meta({ description: 'The tenant demands one, and only what leads to it is open: see `/v1/me/mfa`' }),
})
export type Me = z.infer<typeof Me>

/** Who has shown the first factor is asked for the second. */
export const MfaChallenge = z.object({
  challenge: z.string().meta({ description: 'Good for `POST /v1/auth/mfa`, once, and for nothing else' }),
  expires_at: z.int().meta({ description: 'Unix milliseconds' }),
})
export type MfaChallenge = z.infer<typeof MfaChallenge>

/** Signed out here, and not yet where one signed in. */
export const SignedOut = z.object({
  continue_at: z.url().meta({ description: 'Where the browser goes to be signed out at the identity provider' }),
})
export type SignedOut = z.infer<typeof SignedOut>

/** How one can sign in: `GET /v1/auth/methods`. */
export const AuthMethods = z.object({
  dev: z.boolean().meta({ description: 'One click, no password: development only' }),
  oidc: z.object({ name: z.string().meta({ description: 'What to call it on a button' }) }).nullable(),
})
export type AuthMethods = z.infer<typeof AuthMethods>

export const Tokens = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds' }),
  refresh_token: z.string(),
})
export type Tokens = z.infer<typeof Tokens>

const At = z.int().meta({ description: 'Unix milliseconds' })

export const ApiKeySummary = z.object({
  id: z.string(),
  prefix: z.string().meta({ description: 'How the key begins' }),
  name: z.string(),
  subject: z.string().meta({ description: 'Whom it acts for' }),
  scopes: z.array(z.string()),
  created_at: At,
  expires_at: At.nullable(),
  last_used_at: At.nullable().meta({ description: 'Unix milliseconds, some minutes coarse' }),
})
export type ApiKeySummary = z.infer<typeof ApiKeySummary>

export const ApiKeyList = z.object({ keys: z.array(ApiKeySummary) })
export type ApiKeyList = z.infer<typeof ApiKeyList>

export const NewApiKey = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100),
  scopes: z.array(Scope).max(20).default([]),
  expires_in_days: z.int().min(1).max(3_650).nullable().default(null),
})
export type NewApiKey = z.infer<typeof NewApiKey>

export const CreatedApiKey = z.object({ key: z.string().meta({ description: 'The key itself, told this once' }), ...ApiKeySummary.shape })
export type CreatedApiKey = z.infer<typeof CreatedApiKey>

export const UserSummary = z.object({
  subject: z.string(),
  name: z.string(),
  role: Role,
  created_at: At,
  signed_in_at: At.nullable(),
  mfa: z.boolean().meta({ description: 'Whether a second factor is asked of them' }),
})
export type UserSummary = z.infer<typeof UserSummary>

export const UserList = z.object({ users: z.array(UserSummary), next: z.string().nullable() })
export type UserList = z.infer<typeof UserList>

export const Appointment = z.object({ role: Role })

const Code = z.string().max(64).meta({ description: "Six digits of the authenticator's, or a recovery code", example: '492039' })

export const MfaCode = z.object({ code: Code })
export type MfaCode = z.infer<typeof MfaCode>

export const MfaAnswer = z.object({
  challenge: z.string().max(300).optional().meta({ description: 'Left out by browsers, whose cookie has it' }),
  code: Code,
})

export const NewMfa = z.object({ code: Code.optional().meta({ description: 'Of the one there is, if there is one' }) })

export const MfaState = z.object({
  on: z.boolean(),
  since: At.nullable(),
  pending: z.boolean().meta({ description: 'One is set up and not proved yet; it ends after a quarter of an hour' }),
  recovery_codes_left: z.int(),
  demanded: z.boolean().meta({ description: 'The tenant demands one of you: it can be replaced, and not turned off' }),
  shown: z.boolean().meta({ description: 'Whether this sign-in has shown one' }),
})
export type MfaState = z.infer<typeof MfaState>

export const MfaSecret = z.object({
  secret: z
    .string()
    .meta({ description: 'Base32, to type into an authenticator; told this once', example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
  uri: z.string().meta({ description: 'The same as `otpauth://` address, for a QR code' }),
})
export type MfaSecret = z.infer<typeof MfaSecret>

export const MfaVerified = z.object({
  recovery_codes: z.array(z.string()).nullable().meta({ description: 'Told this once, when a second factor comes into force' }),
})
export type MfaVerified = z.infer<typeof MfaVerified>

export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

export const SignInRules = z.object({
  require_mfa: RequireMfa.meta({ description: 'Of whom a second factor is demanded: nobody, owners and admins, or everyone who signs in' }),
})
export type SignInRules = z.infer<typeof SignInRules>

export const OwnSignIn = z.object({
  id: z.string(),
  current: z.boolean(),
  method: z.enum(['dev', 'oidc', 'token']).meta({ description: '`token`: what was given to a program' }),
  agent: z.string().meta({ description: 'The browser and its system, in a few words; empty: unknown' }),
  mfa: z.boolean(),
  created_at: At,
  expires_at: At,
})
export type OwnSignIn = z.infer<typeof OwnSignIn>

export const OwnSignIns = z.object({ sign_ins: z.array(OwnSignIn) })
export type OwnSignIns = z.infer<typeof OwnSignIns>
