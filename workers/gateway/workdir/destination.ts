/** Uploaded files go into a folder of the working folder of their session. */
import { fail } from '../../../shared/result.ts'
import { parseFilePath } from '../../../shared/workdir/path.ts'
import type { WorkFile } from '../../../shared/workdir/store.ts'
import { attachmentsOf } from '../attachments/access.ts'
import type { UploadDestination } from '../attachments/upload.ts'
import { recordAudit } from '../audit/record.ts'

export const workdirDestination: UploadDestination<WorkFile> = {
  action: 'workdir.write',
  isFolder: true,
  async store(c, { filename, content }, { session, folder }) {
    const path = parseFilePath(folder === '' ? filename : `${folder}/${filename}`)
    if (!path.ok) return fail({ kind: 'invalid', errors: [{ pointer: '/files[]', detail: `${JSON.stringify(filename)} ${path.error}` }] })
    if (session === undefined) return fail({ kind: 'not_found' })
    const written = await attachmentsOf(c).writeWorkFile({ session, path: path.value, content })
    if (!written.ok) return fail(written.error === 'changed' ? { kind: 'not_found' } : written.error)
    const { mime, size } = written.value
    await recordAudit(c, { action: 'workdir.write', target: `session:${session}`, outcome: 'done', detail: { mime, size } })
    return written
  },
}
