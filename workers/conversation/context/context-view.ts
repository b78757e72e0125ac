/** What the model would receive of a session: the pieces of its next prompt, without the next message. */
import type { ContextWindow } from '../../../shared/api/turns.ts'
import type { ContextPiece } from '../../../shared/context/piece.ts'
import { buildPrompt } from '../../../shared/context/prompt.ts'
import { promptTools } from '../../../shared/context/prompt-tools.ts'
import { maxHistoryTokens } from '../../../shared/context/window.ts'
import { type SessionId, sessionObjectName, type TenantId } from '../../../shared/ids.ts'
import { quoteMemories } from '../../../shared/memory/recall.ts'
import { isMemoryOff } from '../../../shared/memory/switches.ts'
import { type ModelMessage, messageText } from '../../../shared/model/model.ts'
import { estimateContextTokens, estimateTokens } from '../../../shared/model/tokens.ts'
import type { Instruction } from '../../../shared/persona/instructions.ts'
import { delegatedRole } from '../../../shared/policy/delegated-action.ts'
import type { Failure } from '../../../shared/problem.ts'
import { ok, type Result } from '../../../shared/result.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { recallFor } from '../memory/turn-recall.ts'
import { candidatesFor } from '../models/candidates.ts'
import { offeredTools } from '../models/offered-tools.ts'
import { turnTenant } from '../models/tenant-settings.ts'
import { TurnAccounts } from '../personas/turn-accounts.ts'
import { ownInstructionsOf, turnPersona } from '../personas/turn-persona.ts'

/** What the next message names, instead of the session and the workspace. */
export interface ContextChoice {
  readonly persona_id?: string | undefined
  readonly model?: string | undefined
}

/** The context of the next model call of a session of `owner`. It contains no text of the instructions: the persona may be private. */
export async function contextView(
  env: ConversationEnv,
  tenant: TenantId,
  session: SessionId,
  owner: string,
  { persona_id: chosen, model }: ContextChoice,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Result<ContextWindow, Failure>> {
  // The largest context, so that the view shows what a smaller window leaves out.
  const read = await env.SESSION.getByName(sessionObjectName(tenant, session)).contextWindow(owner, maxHistoryTokens)
  if (!read.ok) return read
  const context: ContextWindow = read.value
  const persona_id = chosen ?? context.persona_id
  const job = {
    tenant,
    session,
    subject: owner,
    turn_id: '',
    token: 0,
    lease_ms: 0,
    messages: [],
    metadata: {},
    at: Date.now(),
    persona_id,
  }
  const bindings = { ...env, ACCOUNTS: new TurnAccounts(env.ACCOUNTS) }
  const [{ stored, persona, tools: versions }, own] = await Promise.all([turnTenant(env, tenant, job), ownInstructionsOf(bindings, job)])
  const [{ instructions }, offered] = await Promise.all([
    turnPersona(bindings, job, stored.settings, persona, own),
    offeredTools(env, job, Promise.resolve(versions), () => delegatedRole(bindings, job)),
  ])
  const candidates = candidatesFor(env, tenant, stored, { model, metadata: {}, messages: job.messages }, persona?.persona)
  const [candidate] = candidates
  if (!candidate?.window) return ok(context)
  const { name, historyTokens, window } = candidate
  const room = Math.min(...candidates.map((each) => each.historyTokens))
  const hasTools = stored.settings.features.tools !== 'disabled'
  const messagesSoFar = context.messages.map(toModelMessage)
  const tools = hasTools ? promptTools(persona?.persona.tools ?? null, offered, messagesSoFar, room) : []
  const seen = {
    ...context,
    ...(persona_id !== undefined && { persona_id }),
    limit_tokens: historyTokens,
    model: name,
    window: { origin: window.origin, tokens: window.windowTokens, answer_tokens: window.answerTokens },
  }
  // Those of the newest message: the next one is not known yet.
  const asked = { tenant, session, subject: owner, messages: messagesSoFar, metadata: {} }
  const isOff = messagesSoFar.length === 0 || isMemoryOff('recall', asked, stored.settings, persona?.persona)
  const recall = await recallFor(bindings, asked, isOff, readVariable(env, 'SOMA_RECALL_MS'), waitUntil)
  const memories = quoteMemories(recall.memories, stored.settings.memory.recall_tokens)
  const prompt = buildPrompt(
    { instructions, tools, messages: messagesSoFar, memories, recallFailure: recall.failure },
    { name, promptTokens: historyTokens },
  )
  if (!prompt.ok) return ok({ ...seen, messages: [], tokens: 0, pieces: instructions.map(leftOut), problem: prompt.error })
  // The first message is ours, if there are instructions. Memories belong to the owner, and others may read the session.
  const conversation = prompt.value.messages.slice(instructions.length > 0 ? 1 : 0)
  const messages = conversation.filter((message) => !('memories' in message))
  return ok({ ...seen, messages: [...messages], tokens: estimateContextTokens(messages.map(messageText)), pieces: prompt.value.pieces })
}

function toModelMessage({ role, text, calls, call_id = '', summary }: ContextWindow['messages'][number]): ModelMessage {
  if (role === 'tool') return { role, text, call_id }
  if (role === 'assistant') return { role, text, ...(calls && { calls }) }
  return { role, text, ...(summary && { summary }) }
}

/** A piece that makes the prompt too large. */
const leftOut = ({ kind, source, text }: Instruction): ContextPiece => ({
  kind,
  source,
  tokens: estimateTokens(text),
  count: 1,
  priority: 100,
  included: false,
  reason: 'no_room',
})
