/** The documents that messages of the conversation carry. */
import { limits } from '../../../shared/api/limits.ts'
import type { DocumentReader } from '../../../shared/document/document.ts'
import { keptText } from '../../../shared/document/kept-text.ts'
import { TenantId } from '../../../shared/ids.ts'
import { refusalText } from '../../../shared/problem-texts.ts'
import { bucketOf } from '../../../shared/residency.ts'
import type { ToolDocuments } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'
import { permitInSession } from './session-access.ts'

/** The documents port of one call. A file of another conversation does not exist here. */
export const documentsOf = (env: ToolsEnv, job: CallJob): ToolDocuments => ({
  async read(id) {
    const tenant = TenantId.parse(job.tenant)
    const store = env.ATTACHMENTS.getByName(tenant)
    const file = await store.find(id)
    if (!file?.sessions.includes(job.session))
      throw new ToolFailure(`This conversation has no attachment ${JSON.stringify(id)}. Its messages name the ids of their files.`)
    await permitInSession(env, job, 'attachment.read', { kind: 'attachment', id })
    const { status } = (file.status === 'pending' && (await store.scanned(file.sha256, limits.scanWaitMs))) || file
    if (status !== 'clean') throw new ToolFailure(refusalText({ kind: 'file_quarantined', status }))
    // The entrypoint belongs to another Worker, so the generated binding lacks its methods.
    const text = await keptText(bucketOf(env, tenant), env.DOCUMENTS as unknown as DocumentReader, file)
    if (!text.ok) throw new ToolFailure(`The file ${JSON.stringify(file.filename)} cannot be read: ${text.error}`)
    const { filename, mime, size } = file
    return { filename, mime, size, ...text.value }
  },
})
