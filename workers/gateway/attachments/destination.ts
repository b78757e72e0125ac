/** Uploaded files become attachments. */
import type { Attachment } from '../../../shared/api/attachments.ts'
import { fail, ok } from '../../../shared/result.ts'
import { attachmentsOf } from './access.ts'
import type { UploadDestination } from './upload.ts'

export const attachmentDestination: UploadDestination<Attachment> = {
  action: 'attachment.write',
  isFolder: false,
  async store(c, { filename, content }, { session }) {
    const attachment = await attachmentsOf(c).finish(content, { filename, owner: c.var.principal.subject, session })
    return attachment ? ok(attachment) : fail({ kind: 'unavailable', what: 'The upload, which took too long,' })
  },
}
