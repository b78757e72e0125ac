/** What the gateway may ask about models: whether an address may be called, and whether a profile works. Keys stay here. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { TenantId } from '../../../shared/ids.ts'
import { ModelError } from '../../../shared/model/model.ts'
import { validateEndpoint } from '../../../shared/net/endpoint.ts'
import { withResidency } from '../../../shared/residency.ts'
import type { Result } from '../../../shared/result.ts'
import { ok } from '../../../shared/result.ts'
import { metered } from './meter.ts'
import { candidateOf, mayCallLoopback, settingsOf } from './model.ts'

/** How a test of a profile went. */
export interface ProbeResult {
  readonly ok: boolean
  readonly ms: number
  /** What it said, or what is wrong, in words. */
  readonly detail: string
}

const testMs = 10_000
const testTokens = 64
const shownUnits = 200

export class ModelAdmin extends WorkerEntrypoint<ConversationEnv> {
  constructor(ctx: ExecutionContext, env: ConversationEnv) {
    super(ctx, withResidency(env))
  }

  /** The origin of an address that a profile may have, or why it may not. */
  judge(address: string): Result<string, string> {
    const url = validateEndpoint(address, { loopback: mayCallLoopback(this.env) })
    return url.ok ? ok(url.value.origin) : url
  }

  /** One cheap call, within 10 s, paid like any other. Null: there is no such profile. */
  async tryProfile(tenantName: string, name: string): Promise<ProbeResult | null> {
    const tenant = TenantId.parse(tenantName)
    const { settings } = await settingsOf(this.env, tenant)
    const profile = Object.hasOwn(settings.models, name) ? settings.models[name] : undefined
    if (!profile) return null
    const brief = { ...profile, max_tokens: Math.min(profile.max_tokens ?? testTokens, testTokens) }
    const payer = { tenant, persona: undefined, attempt: `test/${crypto.randomUUID()}` }
    const choose = async () => ({ settings, candidates: [candidateOf(this.env, tenant, name, brief)] })
    const model = metered(this.env, payer, choose, (settled) => this.ctx.waitUntil(settled))
    const from = Date.now()
    const late = AbortSignal.timeout(testMs)
    const request = { messages: [{ role: 'user', text: 'Answer with one word: ready' }], tools: [], metadata: {}, at: from } as const
    try {
      let said = ''
      for await (const chunk of model.answer(request, late)) {
        if (chunk.type === 'text') said += chunk.text
        if (said.length > shownUnits) break
      }
      return { ok: true, ms: Date.now() - from, detail: `It said: ${said.trim().slice(0, shownUnits).toWellFormed()}` }
    } catch (error) {
      if (late.aborted) return { ok: false, ms: Date.now() - from, detail: `No answer within ${testMs / 1_000} s.` }
      // Cut off by our own limit of a few tokens: it works.
      if (error instanceof ModelError && error.message.includes('length limit'))
        return { ok: true, ms: Date.now() - from, detail: 'It answers.' }
      if (error instanceof ModelError) return { ok: false, ms: Date.now() - from, detail: withExcerpt(error) }
      throw error
    }
  }
}

/** The error's words, and the masked excerpt of what the provider said. */
const withExcerpt = ({ message, detail }: ModelError): string => (detail ? `${message} The provider said: ${detail}` : message)
