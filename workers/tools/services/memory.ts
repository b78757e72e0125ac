/** The memory of the user that a call acts for. */
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'
import { memoryWrite } from '../../../shared/policy/memory-write.ts'
import type { ToolMemory } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'
import { permit } from './permit.ts'

/** The memory port of one call. No argument of a tool names another user's memory. */
export function memoryOf(env: ToolsEnv, job: CallJob): ToolMemory {
  const owner = Subject.parse(job.subject)
  const own = () => env.MEMORY.getByName(memoryObjectName(TenantId.parse(job.tenant), userNamespace(owner)))
  const resource = { kind: 'memory', owner }
  return {
    async save(key, value) {
      // As a message of a conversation: a model wrote it, so the policy judges its text.
      const write = memoryWrite({ kind: 'conversation_memory', text: `${key}\n${value}` })
      await permit(env, job, 'memory:', { ...write, resource: { ...write.resource, owner } })
      const stored = await own().keep(key, value)
      if (!stored.ok) throw new ToolFailure('The memory of the user is full. Delete a memory first, with memory_forget.')
      return stored.value
    },
    async find(q, limit) {
      await permit(env, job, 'memory:', { action: 'memory.recall', resource })
      // What a newer memory contradicts is history.
      const { memories } = await own().find({ q, limit, before: null, skip: 0 })
      return memories.filter(({ superseded_by }) => !superseded_by)
    },
    async forget(id) {
      await permit(env, job, `memory:${id}`, { action: 'memory.delete', resource })
      return own().forget(id)
    },
  }
}
