/** Working folders: the files of a session that its tools read and write. */
import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { AttachmentStatus } from './attachments.ts'
import { limits } from './limits.ts'
import { UnixMs } from './unix-ms.ts'

// Longer than a path, so that its problem is stated in words.
const path = z.string().max(4 * limits.pathUnits)

/** Query of a list. */
export const ListWorkdir = z.object({
  session_id: SessionId,
  path: path.default('').meta({ description: 'A folder. Empty: the working folder' }),
})

/** Query of a download. */
export const DownloadWorkdir = z.object({ session_id: SessionId, path: path.min(1).meta({ description: 'The path of the file' }) })

/** Body of a deletion. */
export const DeleteWorkdir = z.strictObject({
  session_id: SessionId,
  path: path.min(1).meta({ description: 'A file, or a folder with all its files' }),
})

/** One entry of a folder. */
export const WorkdirEntry = z.object({
  name: z.string(),
  path: z.string(),
  is_dir: z.boolean(),
  size: z.int().meta({ description: 'Bytes. Of a folder: of all files in it' }),
  modified_at: UnixMs,
  mime: z.string().optional().meta({ description: 'Of a file' }),
  sha256: z.string().optional().meta({ description: 'Of a file: SHA-256 of its content, in hex' }),
  status: AttachmentStatus.optional().meta({ description: 'Of a file' }),
})
export type WorkdirEntry = z.infer<typeof WorkdirEntry>

/** A folder, and how much of the working folder is used. */
export const WorkdirList = z.object({
  session_id: SessionId,
  current_path: z.string(),
  parent_path: z.string(),
  entries: z.array(WorkdirEntry),
  usage: z.object({ files: z.int(), bytes: z.int(), max_files: z.int(), max_bytes: z.int() }),
})

/** The files that were uploaded, in their order. */
export const WorkdirUploaded = z.object({ files: z.array(WorkdirEntry) })

/** What was deleted. */
export const WorkdirDeleted = z.object({ path: z.string(), deleted: z.int().meta({ description: 'The number of files' }) })
