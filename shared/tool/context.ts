/** What a running tool knows of its call, and what it may reach. Types only. */
import type { Memory } from '../api/memory.ts'
import type { AttachmentRef } from '../attachment/attachment-ref.ts'
import type { CodeRunnerPort } from '../code/program.ts'
import type { PythonRunner } from '../code/python.ts'
import type { DocumentText } from '../document/document.ts'
import type { McpConnector } from '../mcp/ports.ts'
import type { Edit } from '../workdir/edit.ts'
import type { WorkFile } from '../workdir/store.ts'
import type { CallJob, CallResult } from './executor.ts'
import type { StoredProgram, WaitingProgram } from './program-owner.ts'
import type { WebAccess } from './web-access.ts'

/** The memory of the user. Each method asks the policy, and throws a `ToolFailure` in words if it denies. */
export interface ToolMemory {
  /** Stores a fact under its key, and replaces the previous one. */
  save(key: string, value: string): Promise<Memory>
  /** The best matches; without a query, the newest. */
  find(query: string, limit: number): Promise<readonly Memory[]>
  /** False: there is no such memory. */
  forget(id: string): Promise<boolean>
}

/** The conversations of the user. */
export interface ToolSessions {
  /** Those with words of `query` in their titles. */
  find(query: string, limit: number): Promise<readonly { readonly session_id: string; readonly title: string; readonly at: string }[]>
}

/**
 * The working folder of the conversation. Each method asks the policy, and throws a `ToolFailure` in words. `call` names the call that
 * writes: a call that runs again writes nothing again.
 */
export interface ToolFiles {
  /** The text of a file. */
  read(path: string): Promise<string>
  /** Every file below the folder. Empty: all files. */
  list(folder: string): Promise<readonly WorkFile[]>
  /** Creates the file or replaces its content. */
  write(path: string, text: string, call: string): Promise<WorkFile>
  /** Replaces a passage. `count`: of replacements; null: an earlier attempt of the call made them. */
  edit(path: string, edit: Edit, call: string): Promise<{ readonly file: WorkFile; readonly count: number | null }>
}

/** The documents of the conversation. */
export interface ToolDocuments {
  /** The text of an attached file. Asks the policy. Throws a `ToolFailure` in words. */
  read(id: string): Promise<Pick<AttachmentRef, 'filename' | 'mime' | 'size'> & DocumentText>
}

/** A tool as a search describes it. */
export interface FoundTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The tools that the user may call. */
export interface ToolFinder {
  /** The best matches of `query`, the best first. */
  find(query: string, limit: number): Promise<readonly FoundTool[]>
}

/** What tools may reach, as ports. The tools Worker makes them from its bindings. A service acts with the rights of the job's subject. */
export interface ToolServices {
  /** The time, Unix ms. */
  readonly now: () => number
  readonly web: WebAccess
  readonly mcp: Pick<McpConnector, 'callTool' | 'readResource'>
  /** Runs programs in an engine with limits. */
  readonly code: Pick<CodeRunnerPort, 'start' | 'resume'>
  /** Null: none is configured. */
  readonly python: PythonRunner | null
  readonly memory: ToolMemory
  readonly sessions: ToolSessions
  readonly files: ToolFiles
  readonly documents: ToolDocuments
  readonly tools: ToolFinder
}

/** The tools that a program may call. */
export interface NestedTools {
  readonly names: readonly string[]
  /** The program as the session has it. Null: the session does not keep it. Call first: `names` depends on it. */
  open(): Promise<StoredProgram | null>
  /** Keeps the waiting program. Throws a `ToolFailure` if it makes other calls than before. Does nothing if the session does not keep it. */
  keep(program: Omit<WaitingProgram, 'catalog'>): Promise<void>
  /**
   * Judges and runs one call, or returns the result that it had. `id` counts the calls of the program. Never rejects for a refusal: the result
   * says it. Throws `ToolWaits` if a user must approve the call first.
   */
  call(name: string, args: string, id: number): Promise<CallResult>
}

/** The circumstances of one run. */
export interface ToolContext {
  /** Aborted when the result is no longer needed, or when the tool has run too long. */
  readonly signal: AbortSignal
  /** The call. Its tenant, session and subject are verified. */
  readonly job: CallJob
  readonly services: ToolServices
  readonly nested: NestedTools
}
