/**
 * The most that one request of each route may cost. `npm run generate` writes the table in docs/costs.md. A route of `actions.ts` without a
 * class does not compile. `test/workers/gateway/limits/costs.long.test.ts` measures rows, audit bytes and objects;
 * `test/security/request-costs.long.test.ts` measures CPU time and memory.
 */
import { limits } from '../../../shared/api/limits.ts'
import { memoryLimits } from '../../../shared/api/memory.ts'
import { engineLimits } from '../../../shared/api/memory-engine.ts'
import { partBytes } from '../../../shared/attachment/part-writer.ts'
import { maxPartBytes } from '../../../shared/audit/bound.ts'
import { maxChanges } from '../../../shared/relations/relations.ts'
import type { Route } from './actions.ts'

/** What bounds the computing time of a request. */
export type CpuClass =
  /** A fixed number of lookups. */
  | 'constant'
  /** The bytes of one page, or of one body of `limits.bodyBytes`. */
  | 'page'
  /** The events of one branch of a session. */
  | 'branch'
  /** The fuel of the policy evaluator. It yields to other requests every few milliseconds. */
  | 'fuel'
  /** The bytes of a file. `limits.heavyRequests` and the isolate's slots bound how many run at a time. */
  | 'file'

/** The upper bounds of one request. */
export interface Cost {
  readonly what: string
  readonly cpu: CpuClass
  /** CPU time of all Workers and objects together, on a machine of 2025. Milliseconds. */
  readonly cpuMs: number
  /** Bytes that the gateway holds at a time. For a file in a body, and for a fork: all Workers and objects together. */
  readonly memoryBytes: number
  /** Rows that are inserted, changed or deleted in objects, without those of audit trails. Deleted content of a session does not count. */
  readonly rows: number
  readonly auditBytes: number
  /** Objects that the request creates. */
  readonly objects: number
}

/** The audit entry of one decision. Its input names the caller and the resource. */
const decisionBytes = 4_096
/** The audit entry of one change: a part of the longest length, and names. */
const changeBytes = maxPartBytes + 4_096
/** The tables of a new session, and its rows in the list and the directory. */
const newSessionRows = 40
/** The shortest event in a file, with its comma. */
const eventBytes = 50
/** Rows of one event: itself, and its projection. */
const eventRows = 3

/** The rows of an import of `bytes` bytes with `sessions` conversations. */
export const importRows = (bytes: number, sessions: number): number =>
  Math.ceil((bytes / eventBytes) * eventRows) + sessions * newSessionRows + 10

/** Rows of one memory, with the words of its index. */
const memoryRows = 15
/** Rows of one memory with a coordinate, with its vector and two indexes. */
const entryRows = 60

/** Each class states the worst of its routes. */
export const costs = {
  none: { what: 'needs no credential', cpu: 'constant', cpuMs: 50, memoryBytes: limits.bodyBytes, rows: 0, auditBytes: 0, objects: 0 },
  signIn: {
    what: 'signs in or out',
    cpu: 'constant',
    cpuMs: 100,
    memoryBytes: limits.bodyBytes,
    rows: 30,
    auditBytes: 2 * changeBytes,
    objects: 2,
  },
  page: {
    what: 'reads a page',
    cpu: 'page',
    cpuMs: 100,
    memoryBytes: 4 * limits.pageBytes,
    rows: 12,
    auditBytes: 2 * decisionBytes,
    objects: 3,
  },
  branch: {
    what: 'reads a branch',
    cpu: 'branch',
    cpuMs: 300,
    memoryBytes: 8 * limits.historyUnits,
    rows: 4,
    auditBytes: decisionBytes,
    objects: 2,
  },
  stream: {
    what: 'streams events',
    cpu: 'page',
    cpuMs: 100,
    memoryBytes: 4 * limits.pageBytes,
    rows: 4,
    auditBytes: decisionBytes,
    objects: 2,
  },
  change: {
    what: 'changes one thing',
    cpu: 'page',
    cpuMs: 400,
    memoryBytes: 4 * limits.bodyBytes,
    // Deleting a session cancels its turns.
    rows: newSessionRows + (limits.queuedTurns + 1) * eventRows,
    auditBytes: decisionBytes + changeBytes,
    objects: 3,
  },
  message: {
    what: 'sends a message',
    cpu: 'page',
    cpuMs: 500,
    memoryBytes: 4 * limits.bodyBytes,
    rows: newSessionRows,
    auditBytes: 2 * decisionBytes,
    objects: 4,
  },
  invocation: {
    what: 'calls a model, or sends a message through a face',
    cpu: 'page',
    cpuMs: 500,
    memoryBytes: 4 * limits.bodyBytes,
    // The reservations and settlements of the budget.
    rows: 40,
    // The message, and each model that is tried: two, five times.
    auditBytes: 11 * decisionBytes,
    objects: 4,
  },
  relations: {
    what: `makes up to ${maxChanges} changes of relations`,
    cpu: 'page',
    cpuMs: 500,
    memoryBytes: 4 * limits.bodyBytes,
    // A change is written, copied and counted.
    rows: 4 * maxChanges + 10,
    auditBytes: (maxChanges + 1) * decisionBytes + changeBytes,
    objects: 3,
  },
  evaluation: {
    what: 'evaluates policies',
    cpu: 'fuel',
    cpuMs: 500,
    memoryBytes: 8 * limits.bodyBytes,
    rows: 4,
    auditBytes: 2 * decisionBytes + changeBytes,
    objects: 3,
  },
  upload: {
    what: 'replaces settings, a policy or a constitution',
    cpu: 'fuel',
    cpuMs: 1_000,
    memoryBytes: 8 * limits.bodyBytes,
    rows: 200,
    auditBytes: decisionBytes + changeBytes,
    objects: 3,
  },
  erasure: {
    what: 'deletes every memory of a user, or the files of a folder',
    cpu: 'page',
    cpuMs: 500,
    memoryBytes: limits.bodyBytes,
    rows: memoryRows * memoryLimits.memories,
    auditBytes: decisionBytes + changeBytes,
    objects: 3,
  },
  memorySearch: {
    what: 'searches the memories of a user',
    cpu: 'page',
    cpuMs: 2_000,
    memoryBytes: 4 * limits.pageBytes,
    rows: 12,
    auditBytes: 2 * decisionBytes,
    objects: 3,
  },
  memoryBulk: {
    what: `stores or deletes up to ${engineLimits.bulk} memories`,
    cpu: 'page',
    cpuMs: 1_500,
    memoryBytes: 4 * limits.bodyBytes,
    rows: newSessionRows + engineLimits.bulk * entryRows,
    auditBytes: decisionBytes + changeBytes,
    objects: 3,
  },
  rotation: {
    what: 'seals every provider key again',
    cpu: 'page',
    cpuMs: 250,
    memoryBytes: limits.bodyBytes,
    rows: 400,
    auditBytes: decisionBytes + changeBytes,
    objects: 2,
  },
  fork: {
    what: 'copies a branch',
    cpu: 'branch',
    cpuMs: 6_000,
    memoryBytes: 5 * limits.importBytes,
    rows: importRows(limits.importBytes, 1),
    auditBytes: decisionBytes,
    objects: 3,
  },
  fileUpload: {
    what: `stores up to ${limits.uploadFiles} files`,
    cpu: 'file',
    cpuMs: 8_000,
    memoryBytes: 8 * partBytes,
    rows: 12 * limits.uploadFiles + 5,
    auditBytes: decisionBytes + limits.uploadFiles * changeBytes,
    objects: 4,
  },
  exportFile: {
    what: 'sends a file',
    cpu: 'file',
    cpuMs: 2_000,
    memoryBytes: 4 * limits.pageBytes,
    rows: 4,
    auditBytes: decisionBytes + changeBytes,
    objects: 2,
  },
  importFile: {
    what: 'imports conversations from a file',
    cpu: 'file',
    cpuMs: 7_000,
    memoryBytes: 8 * limits.importBytes,
    rows: importRows(limits.importBytes, limits.importSessions),
    auditBytes: decisionBytes,
    objects: limits.importSessions + 3,
  },
  restoreFile: {
    what: 'restores a part of a backup',
    cpu: 'file',
    cpuMs: 8_000,
    // The body, its lines, the copy for the object, and the object's own.
    memoryBytes: 10 * limits.importBytes,
    rows: importRows(limits.importBytes, 1),
    auditBytes: decisionBytes + changeBytes,
    objects: 3,
  },
} satisfies Readonly<Record<string, Cost>>

/** The name of a class of `costs`. */
export type CostClass = keyof typeof costs

/** The class of each route. */
export const costOf: Readonly<Record<Route, CostClass>> = {
  'GET /v1/health': 'none',
  'GET /ready': 'none',
  'GET /v1/auth/methods': 'none',
  'POST /v1/auth/dev': 'signIn',
  'GET /v1/auth/oidc/start': 'none',
  'GET /v1/auth/oidc/callback': 'signIn',
  'GET /v1/auth/mcp/callback': 'none',
  'POST /v1/auth/mfa': 'signIn',
  'POST /v1/auth/sign-out': 'signIn',
  'GET /v1/me': 'page',
  'POST /v1/auth/refresh': 'signIn',
  'POST /v1/auth/tokens': 'signIn',
  'POST /v1/auth/revoke': 'signIn',
  'POST /v1/auth/sign-out-everywhere': 'signIn',
  'GET /v1/keys': 'page',
  'POST /v1/keys': 'change',
  'DELETE /v1/keys/{id}': 'change',
  'GET /v1/me/mfa': 'page',
  'POST /v1/me/mfa': 'change',
  'POST /v1/me/mfa/verify': 'change',
  'POST /v1/me/mfa/recovery-codes': 'change',
  'POST /v1/me/mfa/disable': 'change',
  'GET /v1/me/instructions': 'page',
  'PUT /v1/me/instructions': 'change',
  'GET /v1/me/sign-ins': 'page',
  'DELETE /v1/me/sign-ins': 'change',
  'DELETE /v1/me/sign-ins/{sign_in}': 'change',
  'GET /v1/sign-in-rules': 'page',
  'PUT /v1/sign-in-rules': 'change',
  'DELETE /v1/users/{subject}/mfa': 'change',
  'GET /v1/users': 'page',
  'GET /v1/users/{subject}': 'page',
  'PUT /v1/users/{subject}': 'change',
  'DELETE /v1/users/{subject}': 'change',
  'POST /v1/sessions/message': 'message',
  'POST /v1/session/message': 'message',
  'POST /v1/sessions/action': 'message',
  'GET /v1/sessions': 'page',
  'GET /v1/shared-sessions': 'evaluation',
  'GET /v1/sessions/{session}': 'page',
  'PATCH /v1/sessions/{session}': 'change',
  'PATCH /v1/sessions/{session}/list-entry': 'change',
  'DELETE /v1/sessions/{session}': 'change',
  'POST /v1/sessions/{session}/trash': 'change',
  'POST /v1/sessions/{session}/untrash': 'change',
  'GET /v1/sessions/{session}/history': 'branch',
  'GET /v1/sessions/{session}/events': 'stream',
  'GET /v1/sessions/{session}/stream': 'stream',
  'GET /v1/sessions/{session}/context-window': 'branch',
  'GET /v1/sessions/{session}/turns/{turn}': 'page',
  'POST /v1/sessions/{session}/turns/{turn}/cancel': 'change',
  'POST /v1/sessions/{session}/turns/{turn}/regenerate': 'message',
  'GET /v1/sessions/{session}/calls/{call}': 'page',
  'POST /v1/sessions/{session}/calls/{call}/decision': 'change',
  'POST /v1/sessions/{session}/calls/{call}/resolution': 'change',
  'GET /v1/sessions/{session}/approvals': 'page',
  'DELETE /v1/sessions/{session}/approvals/{name}': 'change',
  'POST /v1/sessions/{session}/pause': 'change',
  'POST /v1/sessions/{session}/reset': 'change',
  'GET /v1/sessions/{session}/branches': 'branch',
  'PUT /v1/sessions/{session}/branch': 'change',
  'POST /v1/sessions/{session}/fork': 'fork',
  'GET /v1/sessions/{session}/export': 'exportFile',
  'POST /v1/sessions/export': 'exportFile',
  'POST /v1/sessions/import': 'importFile',
  'POST /v1/uploads': 'fileUpload',
  'POST /v1/uploads/tus': 'change',
  'GET /v1/uploads/tus/{upload}': 'page',
  'PATCH /v1/uploads/tus/{upload}': 'fileUpload',
  'DELETE /v1/uploads/tus/{upload}': 'change',
  'GET /v1/attachments/{attachment}': 'exportFile',
  'DELETE /v1/attachments/{attachment}': 'change',
  'GET /v1/sessions/{session}/attachments': 'page',
  'GET /v1/workdir/list': 'page',
  'GET /v1/workdir/download': 'exportFile',
  'POST /v1/workdir/upload': 'fileUpload',
  'POST /v1/workdir/delete': 'erasure',
  'POST /v1/remember': 'change',
  'GET /v1/recall/{key}': 'page',
  'GET /v1/memories': 'page',
  'DELETE /v1/memories': 'erasure',
  'DELETE /v1/memories/{memory}': 'change',
  'POST /v1/memory/store': 'change',
  'POST /v1/memory/store_bulk': 'memoryBulk',
  'POST /v1/memory/delete_many': 'memoryBulk',
  'POST /v1/memory/recall': 'memorySearch',
  'GET /v1/memory/recall': 'memorySearch',
  'POST /v1/memory/recall_batch': 'memorySearch',
  'POST /v1/memory/recall_with_scores': 'memorySearch',
  'POST /v1/memory/hybrid_recall_with_scores': 'memorySearch',
  'POST /v1/memory/recall_with_context': 'memorySearch',
  'POST /v1/memory/keyword_search': 'memorySearch',
  'GET /v1/memory/range': 'memorySearch',
  'GET /v1/memory/stats': 'page',
  'GET /v1/policy': 'page',
  'PUT /v1/policy': 'upload',
  'POST /v1/policy/explain': 'evaluation',
  'POST /v1/policy/what-if': 'evaluation',
  'POST /v1/data/soma/policy/{rule}': 'evaluation',
  'GET /v1/constitution': 'page',
  'GET /v1/constitution/version': 'page',
  'GET /v1/constitution/versions': 'page',
  'POST /v1/constitution/validate': 'evaluation',
  'POST /v1/constitution/load': 'upload',
  'POST /v1/constitution/rollback': 'upload',
  'GET /constitution/version': 'page',
  'POST /constitution/validate': 'evaluation',
  'POST /constitution/load': 'upload',
  'GET /v1/people': 'page',
  'GET /v1/relations': 'page',
  'POST /v1/relations': 'relations',
  'POST /v1/relations/check': 'page',
  'GET /v1/settings': 'page',
  'PUT /v1/settings': 'upload',
  'GET /v1/settings/history': 'page',
  'GET /v1/settings/models/{name}': 'page',
  'PUT /v1/settings/models/{name}': 'change',
  'DELETE /v1/settings/models/{name}': 'change',
  'POST /v1/settings/models/{name}/test': 'change',
  'POST /v1/settings/data-key/rotate': 'rotation',
  'GET /v1/llm/credentials': 'page',
  'POST /v1/llm/credentials': 'change',
  'GET /v1/llm/credentials/{provider}': 'page',
  'PUT /v1/llm/credentials/{provider}': 'change',
  'DELETE /v1/llm/credentials/{provider}': 'change',
  'POST /v1/llm/credentials/{provider}/fernet': 'change',
  'GET /v1/personas': 'page',
  'POST /v1/personas': 'change',
  'GET /v1/personas/{persona}': 'page',
  'PUT /v1/personas/{persona}': 'change',
  'DELETE /v1/personas/{persona}': 'change',
  'POST /v1/tool/request': 'message',
  'GET /v1/mcp-servers': 'page',
  'POST /v1/mcp-servers': 'change',
  'GET /v1/mcp-servers/{server}': 'page',
  'PUT /v1/mcp-servers/{server}': 'change',
  'DELETE /v1/mcp-servers/{server}': 'change',
  'POST /v1/mcp-servers/{server}/refresh': 'change',
  'POST /v1/mcp-servers/{server}/sign-in': 'change',
  'GET /v1/mcp-sign-ins/finish': 'change',
  'GET /v1/tools': 'page',
  'GET /v1/tool-catalog': 'page',
  'GET /v1/tool-catalog/{name}': 'page',
  'PUT /v1/tool-catalog/{name}': 'change',
  'GET /v1/budgets': 'page',
  'GET /v1/model-profiles': 'page',
  'POST /v1/model-profiles': 'change',
  'GET /v1/model-profiles/{role}/{deployment_mode}': 'page',
  'PUT /v1/model-profiles/{role}/{deployment_mode}': 'change',
  'DELETE /v1/model-profiles/{role}/{deployment_mode}': 'change',
  'GET /v1/models': 'evaluation',
  'GET /v1/models/{model}': 'page',
  'GET /v1/model-endpoints': 'page',
  'POST /v1/route': 'evaluation',
  'POST /mcp': 'message',
  'POST /v1/messages': 'invocation',
  'POST /v1/responses': 'invocation',
  'GET /v1/responses/{response}': 'stream',
  'GET /v1/responses/{response}/input_items': 'page',
  'POST /v1/responses/{response}/cancel': 'change',
  'POST /v1/ai-sdk/{persona}': 'message',
  'GET /v1/ai-sdk/{persona}/{session}/stream': 'stream',
  'POST /v1/ag-ui/{persona}': 'message',
  'POST /v1/chat/completions': 'invocation',
  'POST /v1/llm/invoke': 'invocation',
  'POST /v1/llm/invoke/stream': 'invocation',
  'GET /v1/audit': 'page',
  'GET /v1/audit/export': 'exportFile',
  'GET /v1/signing-keys': 'page',
  'POST /v1/signing-keys': 'change',
  'DELETE /v1/signing-keys/{kid}': 'change',
  'GET /v1/admin/tenants': 'page',
  'GET /v1/admin/subjects': 'page',
  'GET /v1/admin/sessions': 'page',
  'GET /v1/admin/snapshot': 'exportFile',
  'POST /v1/admin/restore': 'restoreFile',
  'GET /v1/admin/object': 'exportFile',
  'POST /v1/admin/object/restore': 'restoreFile',
  'POST /v1/admin/copies/prune': 'change',
}
