/** The port to the working folders of a tenant's sessions: the Durable Object `Attachments` implements it. Pure types. */
import type { AttachmentStatus } from '../api/attachments.ts'
import type { WrittenContent } from '../attachment/store.ts'
import type { Failure } from '../problem.ts'
import type { Result } from '../result.ts'

/** A file of a working folder. */
export interface WorkFile {
  readonly path: string
  readonly mime: string
  readonly size: number
  /** SHA-256 of the content, in hex. */
  readonly sha256: string
  readonly status: AttachmentStatus
  /** Unix ms. */
  readonly modified_at: number
}

/** A file with where its bytes are. */
export interface StoredWorkFile extends WorkFile {
  readonly key: string
}

/** How much of a working folder is used. */
export interface WorkUsage {
  readonly files: number
  readonly bytes: number
}

/** A change of one file. */
export interface WorkWrite {
  readonly session: string
  /** In the one spelling of `path.ts`. */
  readonly path: string
  readonly content: WrittenContent
  /** The tool call that writes. A call that runs again changes nothing. */
  readonly call?: string | undefined
  /** The SHA-256 that the file must still have. */
  readonly expected?: string | undefined
}

/** The working folders of a tenant's sessions. */
export interface WorkFolders {
  /** Null: there is no such file. `writtenBy`: whether the call `call` has changed a file already. */
  workFile(session: string, path: string, call?: string): { readonly file: StoredWorkFile | null; readonly isWritten: boolean }
  /** Every file below `folder`, by path, and how much all files of the session use. */
  workFiles(session: string, folder: string): { readonly files: WorkFile[]; readonly usage: WorkUsage }
  /**
   * Makes the written content a file. `changed`: the file has another content than `expected`. Fails with `workdir_full`, `path_taken`, and
   * with `unavailable` if the upload took too long.
   */
  writeWorkFile(write: WorkWrite): Result<WorkFile, Failure | 'changed'>
  /** Deletes a file, or a folder with everything in it. Returns the number of files. */
  removeWorkFiles(session: string, path: string): number
  /** Gives the files of `from` to the new session `to`. */
  copyWorkFiles(from: string, to: string): void
}
