/** The persona and the model profile that a message names, and the headers of SomaAgent01 that name one. */
import type { SendHeaders, SendMessage } from '../../../shared/api/messages.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { callableProfiles } from '../../../shared/settings/model-access.ts'
import type { GatewayContext } from '../http/context.ts'
import { readSettings } from '../settings/routes.ts'

/** Headers of SomaAgent01 that become metadata, unless the body has the pair. */
const metadataHeaders = { 'x-agent-profile': 'agent_profile_id', 'x-universe-id': 'universe_id' } as const

/** A message with the persona and metadata of its headers. The body wins. */
export function withAgentHeaders<T extends Pick<SendMessage, 'persona_id' | 'metadata'>>(message: T, headers: SendHeaders): T {
  const pairs = Object.entries(metadataHeaders).flatMap(([header, key]) => {
    const value = headers[header as keyof typeof metadataHeaders]
    return value ? [[key, value]] : []
  })
  const persona_id = message.persona_id ?? headers['x-persona-id']
  return {
    ...message,
    ...(persona_id !== undefined && { persona_id }),
    ...(pairs.length > 0 && { metadata: { ...Object.fromEntries(pairs), ...message.metadata } }),
  }
}

/**
 * Whether the sender may choose the persona. The sender and the owner of the session must both see it, because the turn acts as the owner.
 * A name with a budget of its own counts as well. True with a tenant object of an earlier release, which has no personas.
 */
export async function mayChoosePersona(c: GatewayContext, id: string | undefined): Promise<boolean> {
  if (id === undefined) return true
  const { tenant, subject } = c.get('principal')
  const subjects = [...new Set([subject, c.get('sessionOwner')])]
  return (await unlessOlder(async () => c.env.TENANT.getByName(tenant).mayChoosePersona(id, subjects))) ?? true
}

/** Whether the workspace has the model profile, and its lists allow it. The policy decides later whether the turn may call it. */
export async function mayChooseModel(c: GatewayContext, name: string | undefined): Promise<boolean> {
  return name === undefined || callableProfiles((await readSettings(c)).settings).includes(name)
}
