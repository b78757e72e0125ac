/**
 * The classes of routes, and the most that one request of each class may cost. `costs.ts` has the class of each route.
 * `test/workers/gateway/limits/costs.long.test.ts` measures rows, audit bytes and objects; `test/security/request-costs.long.test.ts`
 * measures CPU time and memory.
 */
import { limits } from '../../../shared/api/limits.ts'
import { memoryLimits } from '../../../shared/api/memory.ts'
import { engineLimits } from '../../../shared/api/memory-engine.ts'
import { partBytes } from '../../../shared/attachment/part-writer.ts'
import { maxPartBytes } from '../../../shared/audit/bound.ts'
import { maxChanges } from '../../../shared/relations/relations.ts'

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
    what: 'searches the memories of a user, or their links',
    cpu: 'page',
    cpuMs: 2_000,
    memoryBytes: 4 * limits.pageBytes,
    rows: 12,
    auditBytes: 2 * decisionBytes,
    objects: 3,
  },
  memoryBulk: {
    what: `stores, imports or deletes up to ${engineLimits.bulk} memories`,
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
